// GetMembership: a read.
#include "services/subscriptions/usecases/get_membership.h"

#include "common/core/text.h"

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

}  // namespace quittance::subscriptions
