// The state behind every verification, and its form at rest (auth's own message, so that there is one format).
#include "common/rpc/trust_state.h"

#include <algorithm>
#include <atomic>

#include "common/core/fault.h"
#include "common/rpc/proto_time.h"
#include "quittance/auth/v1/auth.pb.h"

namespace quittance::rpc {

namespace {

std::atomic<std::uint64_t> last_revision{0};

// Tokens live 30 min; a revocation without an end is kept far longer than that.
constexpr std::chrono::hours kRevocationDefault{24};

template <class StrongId>
StrongId IdOrThrow(const std::string& text, std::string_view field) {
  auto id = StrongId::Parse(text, field);
  if (!id) throw Fault("the trust answer holds an id that is none: " + std::string(field));
  return *id;
}

}  // namespace

void TrustState::Apply(const TrustUpdate& update, TimePoint now) {
  cursor_ = update.cursor;
  if (update.keys != keys_) {
    keys_ = update.keys;
    ++generation_;
  }
  for (const RevocationInfo& revocation : update.revocations) Add(revocation, now);
  for (const TenantInfo& tenant : update.tenants) {
    tenants_[tenant.id] = tenant;
    codes_[tenant.code] = tenant.id;
  }
  if (!update.tenants.empty()) {
    origins_.clear();
    for (const auto& [id, tenant] : tenants_) origins_.insert(tenant.allowed_origins.begin(), tenant.allowed_origins.end());
  }
  Forget(now);
}

void TrustState::Hear(const std::vector<RevocationInfo>& revocations, TimePoint now) {
  for (const RevocationInfo& revocation : revocations) Add(revocation, now);
  Forget(now);
}

void TrustState::Add(const RevocationInfo& revocation, TimePoint now) {
  revision_ = ++last_revision;
  const TimePoint expires = revocation.expires == TimePoint{} ? now + kRevocationDefault : revocation.expires;
  if (!revocation.session.empty()) {
    sessions_[revocation.session] = expires;
    return;
  }
  Epoch& epoch = epochs_[{revocation.tenant ? revocation.tenant->ToString() : "", revocation.subject}];
  epoch.min = std::max(epoch.min, revocation.min_epoch);
  epoch.expires = std::max(epoch.expires, expires);
}

void TrustState::Forget(TimePoint now) {
  std::erase_if(sessions_, [&](const auto& row) { return row.second < now; });
  std::erase_if(epochs_, [&](const auto& row) { return row.second.expires < now; });
}

bool TrustState::Revoked(const crypto::Claims& claims) const {
  if (!claims.session.empty() && sessions_.contains(claims.session)) return true;
  if (epochs_.empty()) return false;
  const auto below = [&](std::string_view tenant, std::string_view subject) {
    const auto found = epochs_.find(Less::View(tenant, subject));
    return found != epochs_.end() && claims.epoch < found->second.min;
  };
  return below(claims.tenant, claims.subject) || below(claims.tenant, "") || below("", claims.subject) || below("", "");
}

std::optional<TenantInfo> TrustState::ByCode(const std::string& code) const {
  const auto found = codes_.find(code);
  return found == codes_.end() ? std::nullopt : ById(found->second);
}

const TenantInfo* TrustState::Find(const TenantId& id) const {
  const auto found = tenants_.find(id);
  return found == tenants_.end() ? nullptr : &found->second;
}

std::optional<TenantInfo> TrustState::ById(const TenantId& id) const {
  const auto found = tenants_.find(id);
  return found == tenants_.end() ? std::nullopt : std::optional(found->second);
}

std::string TrustState::Serialize() const {
  auth::v1::PollTrustResponse wire;
  wire.set_cursor(cursor_);
  for (const auto& [kid, key] : keys_) {
    auto* row = wire.add_keys();
    row->set_kid(kid);
    row->set_algorithm("ES256");
    row->set_public_key(key);
  }
  for (const auto& [session, expires] : sessions_) {
    auto* row = wire.add_revocations();
    row->set_session_id(session);
    SetTime(row->mutable_expire_time(), expires);
  }
  for (const auto& [whose, epoch] : epochs_) {
    auto* row = wire.add_revocations();
    row->set_tenant_id(whose.first);
    row->set_subject_id(whose.second);
    row->set_min_epoch(epoch.min);
    SetTime(row->mutable_expire_time(), epoch.expires);
  }
  for (const auto& [id, tenant] : tenants_) {
    auto* row = wire.add_tenants();
    row->set_tenant_id(id.ToString());
    row->set_code(tenant.code);
    row->set_display_name(tenant.display_name);
    row->set_locale(tenant.locale);
    row->set_time_zone(tenant.time_zone);
    row->set_maintenance(tenant.maintenance);
    for (const std::string& origin : tenant.allowed_origins) row->add_allowed_origins(origin);
    row->set_calls_per_minute(tenant.calls_per_minute);
  }
  return wire.SerializeAsString();
}

std::optional<TrustState> TrustState::Parse(std::string_view bytes) {
  try {
    auth::v1::PollTrustResponse wire;
    if (!wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
    TrustState state;
    state.Apply(FromWire(wire), TimePoint{});  // nothing is forgotten here: the next poll does it
    return state;
  } catch (const Fault&) {
    return std::nullopt;
  }
}

TrustUpdate FromWire(const auth::v1::PollTrustResponse& wire) {
  TrustUpdate update;
  update.cursor = wire.cursor();
  for (const auto& key : wire.keys()) {
    if (key.algorithm() == "ES256") update.keys[key.kid()] = key.public_key();
  }
  for (const auto& row : wire.revocations()) {
    RevocationInfo info;
    if (!row.tenant_id().empty()) info.tenant = IdOrThrow<TenantId>(row.tenant_id(), "tenant_id");
    info.subject = row.subject_id();
    info.session = row.session_id();
    info.min_epoch = row.min_epoch();
    if (row.has_expire_time()) info.expires = ReadTime(row.expire_time());
    update.revocations.push_back(std::move(info));
  }
  for (const auto& row : wire.tenants()) {
    update.tenants.push_back({IdOrThrow<TenantId>(row.tenant_id(), "tenant_id"),
                              row.code(),
                              row.display_name(),
                              row.locale(),
                              row.time_zone(),
                              row.maintenance(),
                              {row.allowed_origins().begin(), row.allowed_origins().end()},
                              row.calls_per_minute()});
  }
  return update;
}

}  // namespace quittance::rpc
