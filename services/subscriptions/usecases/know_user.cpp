// The look-up on a miss keeps the answer as version 0, so that any event overrules it.
#include "services/subscriptions/usecases/know_user.h"

namespace quittance::subscriptions {

void LearnUser(db::Tx& tx, const KnownUser& user) { store::UpsertUser(tx, user); }

Task<std::optional<KnownUser>> KnowUser(Deps& deps, TenantId tenant, UserId user) {
  auto known = co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { return store::FindUser(tx, tenant, user); });
  if (known) co_return known;
  auto asked = co_await deps.find_user(tenant, user);
  if (!asked) co_return std::nullopt;
  asked->version = 0;
  co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { store::UpsertUser(tx, *asked); });
  co_return asked;
}

}  // namespace quittance::subscriptions
