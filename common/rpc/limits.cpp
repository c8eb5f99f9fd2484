// Which bucket a call is counted in. Invariant: logins count for the client's address, also behind a tenant's backend; our own processes
// never count.
#include "common/rpc/edge_impl.h"

namespace quittance::rpc {

namespace {

constexpr std::chrono::milliseconds kMinute{60'000};

}  // namespace

std::optional<Quota> QuotaOf(const Edge& edge, const Method& method, const Caller& caller) {
  const auto rate = method.policy.rate();
  if (rate == options::v1::RATE_CLASS_UNLIMITED) return std::nullopt;
  if (rate == options::v1::RATE_CLASS_AUTH) {
    // Address and path (document 004): signing up does not use up the logins.
    return Quota{"auth " + method.full_name + " " + caller.client_address_hash, "address", {kAuthRate, kMinute}};
  }
  switch (caller.kind) {
    case Caller::Kind::kAnonymous:
      return Quota{"api " + caller.client_address_hash, "address", {kUserRate, kMinute}};
    case Caller::Kind::kUser:
      return Quota{"api " + caller.subject, "user", {kUserRate, kMinute}};
    case Caller::Kind::kServiceAccount:
      break;
  }
  if (caller.HasScope("platform:service")) return std::nullopt;
  const auto state = edge.trust.state();
  const TenantInfo* tenant = state->Find(caller.tenant);
  const int calls = tenant != nullptr && tenant->calls_per_minute > 0 ? tenant->calls_per_minute : edge.service_account_rate;
  return Quota{"api " + caller.tenant.ToString() + " " + caller.subject, "service_account", {calls, kMinute}};
}

}  // namespace quittance::rpc
