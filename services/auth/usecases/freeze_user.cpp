// FreezeUser and UnfreezeUser. A frozen person's sessions are over; thawed, they log in again.
#include "common/audit/audit.h"
#include "services/auth/events.h"
#include "services/auth/store/roles.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/manage_users.h"
#include "services/auth/usecases/outdate_tokens.h"
#include "services/auth/usecases/user_reply.h"

namespace quittance::auth {
namespace {

Task<Result<db::Reply>> Move(Deps& deps, UserCommand command, UserStatus to) {
  const TimePoint now = deps.clock.Now();
  const TenantId tenant = command.caller.tenant;
  const bool freeze = to == UserStatus::kFrozen;
  const auto id = UserId::Parse(command.user_id, "user_id");
  if (!id) co_return id.error();
  auto stored = co_await deps.db.Once(db::Scope::Of(tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto locked = store::LockUser(tx, tenant, *id);
    if (!locked) return Missing(command.caller, "user_id");
    UserFacts user = locked->facts;
    if (user.status == UserStatus::kErased) return Precondition(Reason::kUserUnknown, "the user was erased");
    if (user.status == to) return UserReplyOf(deps, tx, tenant, *id);
    store::LockAdmins(tx, tenant);
    const bool administered = store::HasAdmin(tx, tenant);
    if (freeze) {
      OutdateTokens(deps, tx, user, "frozen", command.cause, now);
    }
    user.status = to;
    user.version += 1;
    user.updated = now;
    const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
    store::SaveUser(tx, user, freeze ? events::UserFrozen(user, mark) : events::UserUnfrozen(user, mark));
    if (administered && !store::HasAdmin(tx, tenant)) return Precondition(Reason::kStateConflict, "the last administrator stays in use");
    audit::Append(tx, {.tenant = tenant,
                       .time = now,
                       .cause = command.cause,
                       .action = freeze ? "FreezeUser" : "UnfreezeUser",
                       .subject = id->ToString(),
                       .detail = "",
                       .event = mark.id});
    return UserReplyOf(deps, tx, tenant, *id);
  });
  if (!stored) co_return stored.error();
  auto reply = co_await OpenUserReply(deps, tenant, *stored);
  co_return reply;
}

}  // namespace

Task<Result<db::Reply>> FreezeUser(Deps& deps, UserCommand command) {
  auto reply = co_await Move(deps, std::move(command), UserStatus::kFrozen);
  co_return reply;
}

Task<Result<db::Reply>> UnfreezeUser(Deps& deps, UserCommand command) {
  auto reply = co_await Move(deps, std::move(command), UserStatus::kActive);
  co_return reply;
}

}  // namespace quittance::auth
