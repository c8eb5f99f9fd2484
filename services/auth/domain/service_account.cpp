// Rules of accounts of machines.
#include "services/auth/domain/service_account.h"

#include <algorithm>

#include "common/core/text.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/domain/session.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kDisplayNameMax = 100;

}  // namespace

bool Usable(const ServiceAccount& account, TimePoint now) { return !account.disabled && (!account.expires || now < *account.expires); }

TimePoint TokenExpiry(const ServiceAccount& account, TimePoint now) {
  const TimePoint usual = now + kAccessTokenLife;
  return account.expires ? std::min(*account.expires, usual) : usual;
}

Result<ServiceAccount> MakeServiceAccount(TenantId tenant, ServiceAccountId id, const NewServiceAccount& wanted, TimePoint now) {
  if (const auto name = CheckText(wanted.display_name, "display_name", 1, kDisplayNameMax); !name) return name.error();
  if (wanted.scopes.empty()) return InvalidField("scopes", "must hold at least one scope");
  auto scopes = ParseScopes(wanted.scopes, "scopes");
  if (!scopes) return scopes.error();
  if (wanted.expires && *wanted.expires <= now) return InvalidField("expire_time", "must be in the future");
  return ServiceAccount{.tenant = tenant,
                        .id = id,
                        .display_name = wanted.display_name,
                        .scopes = *scopes,
                        .expires = wanted.expires,
                        .break_glass = wanted.break_glass,
                        .created = now};
}

}  // namespace quittance::auth
