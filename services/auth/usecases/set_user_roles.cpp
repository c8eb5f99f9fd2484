// SetUserRoles: the roles are replaced as a whole; tokens that carry the old ones are outdated in the same transaction.
#include <algorithm>

#include "common/audit/audit.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/events.h"
#include "services/auth/store/roles.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/manage_users.h"
#include "services/auth/usecases/outdate_tokens.h"
#include "services/auth/usecases/user_reply.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kRolesPerUserMax = 20;

std::string Json(const std::vector<std::string>& roles) {
  std::string text;
  for (const std::string& role : roles) text += (text.empty() ? "\"" : ",\"") + role + "\"";
  return "[" + text + "]";
}

std::vector<std::string> Added(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  std::vector<std::string> added;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(added));
  return added;
}

Result<void> CheckRoles(db::Tx& tx, const Caller& caller, const std::vector<std::string>& before, const std::vector<std::string>& after) {
  if (store::FindRoleScopes(tx, caller.tenant, after).roles.size() != after.size()) {
    return InvalidField("roles", "must be roles of the tenant");
  }
  if (!MayGrant(store::FindRoleScopes(tx, caller.tenant, Added(before, after)).scopes, caller.scopes, false)) return PermissionDenied();
  return {};
}

}  // namespace

Task<Result<db::Reply>> SetUserRoles(Deps& deps, SetUserRolesCommand command) {
  const TimePoint now = deps.clock.Now();
  const Caller& caller = command.user.caller;
  const auto id = UserId::Parse(command.user.user_id, "user_id");
  if (!id) co_return id.error();
  std::vector<std::string> roles = command.roles;
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  if (roles.size() > kRolesPerUserMax) co_return InvalidField("roles", "must be 20 at most");
  auto stored = co_await deps.db.Once(db::Scope::Of(caller.tenant), command.user.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto locked = store::LockUser(tx, caller.tenant, *id);
    if (!locked || locked->facts.status == UserStatus::kErased) return Missing(caller, "user_id");
    UserFacts user = locked->facts;
    const std::vector<std::string> before = user.roles;
    if (const auto allowed = CheckRoles(tx, caller, before, roles); !allowed) return allowed.error();
    if (before == roles) return UserReplyOf(deps, tx, caller.tenant, *id);
    store::LockAdmins(tx, caller.tenant);
    const bool administered = store::HasAdmin(tx, caller.tenant);
    store::ReplaceUserRoles(tx, caller.tenant, *id, roles);
    if (administered && !store::HasAdmin(tx, caller.tenant))
      return Precondition(Reason::kStateConflict, "the last administrator stays one");
    user.roles = roles;
    OutdateTokens(deps, tx, user, "roles", command.user.cause, now);
    user.version += 1;
    const events::Mark mark{deps.ids.Next(), now, command.user.cause.traceparent};
    store::SaveUser(tx, user, events::RolesChanged(user, mark));
    audit::Append(tx, {.tenant = caller.tenant,
                       .time = now,
                       .cause = command.user.cause,
                       .action = "SetUserRoles",
                       .subject = id->ToString(),
                       .detail = "{\"before\":" + Json(before) + ",\"after\":" + Json(roles) + "}",
                       .event = mark.id});
    return UserReplyOf(deps, tx, caller.tenant, *id);
  });
  if (!stored) co_return stored.error();
  auto reply = co_await OpenUserReply(deps, caller.tenant, *stored);
  co_return reply;
}

}  // namespace quittance::auth
