// Reads, in the scope of the one person they are about.
#include "services/subscriptions/usecases/get_membership.h"

#include "common/core/text.h"
#include "services/subscriptions/store/telegram.h"

namespace quittance::subscriptions {

Task<Result<store::MembershipRead>> GetMembership(Deps& deps, GetMembershipQuery query) {
  const auto user = ActOn(query.caller, query.user_id, "user_id");
  if (!user) co_return user.error();
  const std::string channel = query.channel.empty() ? std::string(kDefaultChannel) : query.channel;
  if (auto ok = CheckCode(channel, "channel", 2, 64); !ok) co_return ok.error();
  auto found = co_await deps.db.Transact(db::Scope::Of(query.caller.tenant, *user),
                                         [&](db::Tx& tx) { return store::FindMembership(tx, query.caller.tenant, *user, channel); });
  if (!found) co_return Missing(query.caller, "user_id");
  co_return *found;
}

Task<Result<std::vector<store::MembershipRead>>> ListOwnMemberships(Deps& deps, Caller person) {
  if (!person.user) co_return PermissionDenied();
  auto found = co_await deps.db.Transact(db::Scope::Of(person.tenant, *person.user),
                                         [&](db::Tx& tx) { return store::FindMembershipsOfUser(tx, person.tenant, *person.user); });
  co_return found;
}

Task<Result<std::string>> FindTelegramAccount(Deps& deps, Caller person) {
  if (!person.user) co_return PermissionDenied();
  const TenantId tenant = person.tenant;
  auto account = co_await deps.db.Transact(db::Scope::Of(tenant, *person.user), [&](db::Tx& tx) -> std::string {
    const auto sealed = store::FindAccountOfUser(tx, tenant, *person.user);
    if (!sealed) return "";
    return deps.vault.OpenAccount(tenant, settings::TenantKey(tx, tenant, deps.vault.keyring()), *sealed);
  });
  co_return account;
}

}  // namespace quittance::subscriptions
