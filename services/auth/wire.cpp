// The mapping, field by field.
#include "services/auth/wire.h"

#include "common/rpc/proto_time.h"

namespace quittance::auth::wire {
namespace {

constexpr std::int64_t kSecondsMin = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // 9999-12-31T23:59:59Z

v1::User::Status ToProto(UserStatus status) {
  switch (status) {
    case UserStatus::kActive:
      return v1::User::STATUS_ACTIVE;
    case UserStatus::kFrozen:
      return v1::User::STATUS_FROZEN;
    case UserStatus::kErased:
      return v1::User::STATUS_ERASED;
  }
  return v1::User::STATUS_UNSPECIFIED;
}

}  // namespace

std::string Etag(std::int64_t version) { return "\"" + std::to_string(version) + "\""; }

std::optional<TimePoint> ReadTime(const google::protobuf::Timestamp& time) {
  if (time.seconds() < kSecondsMin || time.seconds() > kSecondsMax || time.nanos() < 0 || time.nanos() > 999'999'999) return std::nullopt;
  return rpc::ReadTime(time);
}

v1::User ToProto(const User& user) {
  v1::User out;
  out.set_id(user.facts.id.ToString());
  out.set_email(user.personal.email);
  out.set_phone(user.personal.phone);
  out.set_locale(user.facts.locale);
  out.set_external_id(user.personal.external_id);
  out.set_email_verified(user.facts.email_verified);
  out.set_status(ToProto(user.facts.status));
  for (const std::string& role : user.facts.roles) out.add_roles(role);
  rpc::SetTime(out.mutable_create_time(), user.facts.created);
  rpc::SetTime(out.mutable_update_time(), user.facts.updated);
  out.set_etag(Etag(user.facts.version));
  return out;
}

v1::UserState ToProto(const UserFacts& user) {
  v1::UserState out;
  out.set_id(user.id.ToString());
  out.set_locale(user.locale);
  out.set_status(ToProto(user.status));
  out.set_email_verified(user.email_verified);
  out.set_version(user.version);
  return out;
}

v1::Tenant ToProto(const Tenant& tenant) {
  v1::Tenant out;
  out.set_id(tenant.id.ToString());
  out.set_code(tenant.code);
  out.set_display_name(tenant.display_name);
  out.set_locale(tenant.locale);
  out.set_time_zone(tenant.time_zone);
  rpc::SetTime(out.mutable_create_time(), tenant.created);
  rpc::SetTime(out.mutable_update_time(), tenant.updated);
  out.set_sign_up_open(tenant.sign_up_open);
  out.set_maintenance(tenant.maintenance);
  for (const std::string& origin : tenant.allowed_origins) out.add_allowed_origins(origin);
  if (tenant.calls_per_minute) out.mutable_limits()->set_calls_per_minute(*tenant.calls_per_minute);
  out.set_etag(Etag(tenant.version));
  return out;
}

v1::TenantTrust ToTrust(const Tenant& tenant) {
  v1::TenantTrust out;
  out.set_tenant_id(tenant.id.ToString());
  out.set_code(tenant.code);
  out.set_display_name(tenant.display_name);
  out.set_locale(tenant.locale);
  out.set_time_zone(tenant.time_zone);
  out.set_maintenance(tenant.maintenance);
  for (const std::string& origin : tenant.allowed_origins) out.add_allowed_origins(origin);
  out.set_calls_per_minute(tenant.calls_per_minute.value_or(0));
  return out;
}

v1::SigningKey ToProto(const SigningKey& key) {
  v1::SigningKey out;
  out.set_kid(key.kid);
  out.set_algorithm("ES256");
  out.set_public_key(key.public_key);
  out.set_state(std::string(Name(key.state)));
  rpc::SetTime(out.mutable_create_time(), key.created);
  return out;
}

v1::ServiceAccount ToProto(const ServiceAccount& account) {
  v1::ServiceAccount out;
  out.set_client_id(account.id.ToString());
  out.set_display_name(account.display_name);
  for (const std::string& scope : account.scopes) out.add_scopes(scope);
  out.set_disabled(account.disabled);
  out.set_break_glass(account.break_glass);
  rpc::SetTime(out.mutable_create_time(), account.created);
  if (account.expires) rpc::SetTime(out.mutable_expire_time(), *account.expires);
  if (account.used) rpc::SetTime(out.mutable_use_time(), *account.used);
  return out;
}

v1::Factor ToProto(const Factor& factor) {
  v1::Factor out;
  out.set_id(factor.id.ToString());
  out.set_kind(std::string(Name(factor.kind)));
  out.set_confirmed(factor.confirmed);
  rpc::SetTime(out.mutable_create_time(), factor.created);
  return out;
}

v1::Revocation ToProto(const Revocation& revocation) {
  v1::Revocation out;
  out.set_tenant_id(revocation.tenant.ToString());
  out.set_subject_id(revocation.subject);
  if (revocation.session) out.set_session_id(revocation.session->ToString());
  if (revocation.min_epoch) out.set_min_epoch(*revocation.min_epoch);
  rpc::SetTime(out.mutable_expire_time(), revocation.expires);
  return out;
}

}  // namespace quittance::auth::wire
