// The look-up on a miss keeps the answer as version 0, so that any event overrules it.
#include "services/subscriptions/usecases/know_user.h"

#include "common/events/consumer.h"

namespace quittance::subscriptions {

void LearnUsers(db::Tx& tx, std::span<const KnownUser> users) {
  const auto person = [](const KnownUser& user) { return std::pair{user.tenant, user.user}; };
  for (const auto run : quittance::events::RunsOfDistinct(users, person)) store::UpsertUsers(tx, run);
}

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
