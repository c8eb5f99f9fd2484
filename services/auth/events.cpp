// Events and replies over the generated messages. The type of an event is its message's full name.
#include "services/auth/events.h"

#include "common/rpc/proto_time.h"
#include "services/auth/wire.h"

namespace quittance::auth::events {
namespace {

Event Make(TenantId tenant, std::string key, std::int64_t sequence, const Mark& mark, const google::protobuf::Message& message) {
  return {.id = mark.id,
          .tenant = tenant,
          .type = message.GetDescriptor()->full_name(),
          .key = std::move(key),
          .sequence = sequence,
          .time = mark.time,
          .traceparent = mark.traceparent,
          .data = message.SerializeAsString()};
}

Event OfUser(const UserFacts& user, const Mark& mark, const google::protobuf::Message& message) {
  return Make(user.tenant, user.id.ToString(), user.version, mark, message);
}

// The events that are nothing but the user's state.
template <class Message>
Event StateOf(const UserFacts& user, const Mark& mark) {
  Message message;
  *message.mutable_user() = wire::ToProto(user);
  return OfUser(user, mark, message);
}

}  // namespace

Event UserSignedUp(const UserFacts& user, const std::string& sealed_token, TimePoint expires, const Mark& mark) {
  v1::UserSignedUp message;
  *message.mutable_user() = wire::ToProto(user);
  message.set_sealed_token(sealed_token);
  rpc::SetTime(message.mutable_expire_time(), expires);
  return OfUser(user, mark, message);
}

Event UserCreated(const UserFacts& user, const Mark& mark) { return StateOf<v1::UserCreated>(user, mark); }

Event UserVerified(const UserFacts& user, const Mark& mark) { return StateOf<v1::UserVerified>(user, mark); }

Event FactorChanged(const UserFacts& user, const std::string& change, const Mark& mark) {
  v1::FactorChanged message;
  *message.mutable_user() = wire::ToProto(user);
  message.set_change(change);
  return OfUser(user, mark, message);
}

template <class Message>
Event TokenOf(const UserFacts& user, const std::string& sealed_token, TimePoint expires, const Mark& mark) {
  Message message;
  *message.mutable_user() = wire::ToProto(user);
  message.set_sealed_token(sealed_token);
  rpc::SetTime(message.mutable_expire_time(), expires);
  return OfUser(user, mark, message);
}

Event PasswordResetRequested(const UserFacts& user, const std::string& sealed_token, TimePoint expires, const Mark& mark) {
  return TokenOf<v1::PasswordResetRequested>(user, sealed_token, expires, mark);
}

Event MagicLinkRequested(const UserFacts& user, const std::string& sealed_token, TimePoint expires, const Mark& mark) {
  return TokenOf<v1::MagicLinkRequested>(user, sealed_token, expires, mark);
}

Event MfaCodeRequested(const UserFacts& user, const std::string& sealed_token, TimePoint expires, const Mark& mark) {
  return TokenOf<v1::MfaCodeRequested>(user, sealed_token, expires, mark);
}

Event UserErased(const UserFacts& user, const Mark& mark) { return StateOf<v1::UserErased>(user, mark); }

Event PasswordChanged(const UserFacts& user, const Mark& mark) { return StateOf<v1::PasswordChanged>(user, mark); }
Event UserUpdated(const UserFacts& user, const Mark& mark) { return StateOf<v1::UserUpdated>(user, mark); }
Event UserFrozen(const UserFacts& user, const Mark& mark) { return StateOf<v1::UserFrozen>(user, mark); }
Event UserUnfrozen(const UserFacts& user, const Mark& mark) { return StateOf<v1::UserUnfrozen>(user, mark); }

Event RolesChanged(const UserFacts& user, const Mark& mark) {
  v1::RolesChanged message;
  *message.mutable_user() = wire::ToProto(user);
  for (const std::string& role : user.roles) message.add_roles(role);
  return OfUser(user, mark, message);
}

Event NewDeviceSeen(const UserFacts& user, const Mark& mark) { return StateOf<v1::NewDeviceSeen>(user, mark); }

Event AccountLocked(const UserFacts& user, TimePoint until, const Mark& mark) {
  v1::AccountLocked message;
  *message.mutable_user() = wire::ToProto(user);
  rpc::SetTime(message.mutable_expire_time(), until);
  return OfUser(user, mark, message);
}

Event LoginSucceeded(const UserFacts& user, const Mark& mark) { return StateOf<v1::LoginSucceeded>(user, mark); }

Event LoginFailed(TenantId tenant, const std::string& account_hash, const Mark& mark) {
  v1::LoginFailed message;
  message.set_account_hash(account_hash);
  return Make(tenant, tenant.ToString(), UnixMicros(mark.time), mark, message);
}

Event CredentialsRevoked(const UserFacts& user, const Revocation& revocation, const Mark& mark) {
  v1::CredentialsRevoked message;
  *message.mutable_revocation() = wire::ToProto(revocation);
  return OfUser(user, mark, message);
}

db::Reply TenantReply(const Tenant& tenant) { return {.bytes = wire::ToProto(tenant).SerializeAsString(), .secret_bytes = {}}; }

std::string UserReplyBytes(const User& user) { return wire::ToProto(user).SerializeAsString(); }

Event CredentialsRevoked(const Tenant& tenant, const Revocation& revocation, const Mark& mark) {
  v1::CredentialsRevoked message;
  *message.mutable_revocation() = wire::ToProto(revocation);
  return Make(tenant.id, tenant.id.ToString(), tenant.version, mark, message);
}

Event CredentialsRevoked(const ServiceAccount& account, const Revocation& revocation, const Mark& mark) {
  v1::CredentialsRevoked message;
  *message.mutable_revocation() = wire::ToProto(revocation);
  return Make(account.tenant, account.id.ToString(), account.epoch, mark, message);
}

std::string EtagOf(std::int64_t version) { return wire::Etag(version); }

db::Reply RoleReply(const std::string& role, const std::vector<std::string>& scopes, bool builtin) {
  v1::Role message;
  message.set_role(role);
  for (const std::string& scope : scopes) message.add_scopes(scope);
  message.set_builtin(builtin);
  return {.bytes = message.SerializeAsString(), .secret_bytes = {}};
}

db::Reply SigningKeyReply(const SigningKey& key) { return {.bytes = wire::ToProto(key).SerializeAsString(), .secret_bytes = {}}; }

db::Reply RevokeAllReply(int service_accounts) {
  v1::RevokeAllCredentialsResponse message;
  message.set_service_accounts(service_accounts);
  return {.bytes = message.SerializeAsString(), .secret_bytes = {}};
}

db::Reply ServiceAccountStateReply(const ServiceAccount& account) {
  return {.bytes = wire::ToProto(account).SerializeAsString(), .secret_bytes = {}};
}

db::Reply SecretReply(const ServiceAccount& account, const Secret& secret) {
  v1::RotateServiceAccountSecretResponse message;
  message.set_client_id(account.id.ToString());
  db::Reply reply{.bytes = message.SerializeAsString(), .secret_bytes = {}};
  message.set_client_secret(std::string(secret.Reveal()));
  reply.secret_bytes = message.SerializeAsString();
  return reply;
}

db::Reply EmptyReply() { return {}; }

db::Reply FactorReply(const Factor& factor) { return {.bytes = wire::ToProto(factor).SerializeAsString(), .secret_bytes = {}}; }

db::Reply TotpReply(FactorId factor, const Secret& key, const Secret& uri) {
  v1::EnrollTotpResponse response;
  response.set_factor_id(factor.ToString());
  db::Reply reply{.bytes = response.SerializeAsString(), .secret_bytes = {}};
  response.set_secret(std::string(key.Reveal()));
  response.set_otpauth_uri(std::string(uri.Reveal()));
  reply.secret_bytes = response.SerializeAsString();
  return reply;
}

db::Reply SmsReply(FactorId factor, const std::string& phone_hint) {
  v1::EnrollSmsResponse response;
  response.set_factor_id(factor.ToString());
  response.set_phone_hint(phone_hint);
  return {.bytes = response.SerializeAsString(), .secret_bytes = {}};
}

db::Reply RecoveryCodesReply(const std::vector<Secret>& codes) {
  v1::GenerateRecoveryCodesResponse response;
  for (const Secret& code : codes) response.add_codes(std::string(code.Reveal()));
  return {.bytes = {}, .secret_bytes = response.SerializeAsString()};
}

db::Reply ServiceAccountReply(const ServiceAccount& account, const Secret& secret) {
  v1::CreateServiceAccountResponse response;
  response.set_client_id(account.id.ToString());
  for (const std::string& scope : account.scopes) response.add_scopes(scope);
  db::Reply reply{.bytes = response.SerializeAsString(), .secret_bytes = {}};
  response.set_client_secret(std::string(secret.Reveal()));
  reply.secret_bytes = response.SerializeAsString();
  return reply;
}

}  // namespace quittance::auth::events
