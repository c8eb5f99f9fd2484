// Reads and ends of sessions. A session that is not the caller's looks like one that does not exist.
#include "services/auth/usecases/sessions.h"

#include "services/auth/events.h"
#include "services/auth/store/sessions.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/end_session.h"
#include "services/auth/usecases/outdate_tokens.h"

namespace quittance::auth {
namespace {

Task<Result<db::Reply>> OutdateUser(Deps& deps, EndSessionsCommand command, UserId user, db::Scope scope) {
  const TimePoint now = deps.clock.Now();
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    auto locked = store::LockUser(tx, command.caller.tenant, user);
    if (!locked) return Missing(command.caller, "user_id");
    OutdateTokens(deps, tx, locked->facts, "revoked", command.cause, now);
    return events::EmptyReply();
  });
  co_return reply;
}

}  // namespace

Task<Result<SessionList>> ListSessions(Deps& deps, ListSessionsQuery query) {
  const TimePoint now = deps.clock.Now();
  if (!query.caller.user) co_return PermissionDenied();
  const auto page = ParsePage(query.page_size, query.page_token);
  if (!page) co_return page.error();
  const TenantId tenant = query.caller.tenant;
  const UserId user = *query.caller.user;
  const db::Scope scope = db::Scope::Of(tenant, user);
  const auto stored = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return store::FindSessions(tx, tenant, user, *page, now); });
  SessionList list;
  for (const store::StoredSession& each : stored) list.sessions.push_back({each.session, each.used});
  if (!stored.empty()) list.next_page_token = NextPageToken(*page, stored.size(), stored.back().session.id.uuid);
  co_return list;
}

Task<Result<db::Reply>> RevokeSession(Deps& deps, EndSessionsCommand command) {
  const TimePoint now = deps.clock.Now();
  if (!command.caller.user) co_return PermissionDenied();
  const auto id = SessionId::Parse(command.id, "session_id");
  if (!id) co_return id.error();
  const db::Scope scope = db::Scope::Of(command.caller.tenant, *command.caller.user);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto session = store::LockSession(tx, command.caller.tenant, *id);
    if (!session || session->user != *command.caller.user) return PermissionDenied();
    if (!session->revoked) EndSession(deps, tx, *session, "revoked", command.cause, now);
    return events::EmptyReply();
  });
  co_return reply;
}

Task<Result<db::Reply>> RevokeAllSessions(Deps& deps, EndSessionsCommand command) {
  if (!command.caller.user) co_return PermissionDenied();
  const UserId user = *command.caller.user;
  const db::Scope scope = db::Scope::Of(command.caller.tenant, user);
  auto reply = co_await OutdateUser(deps, std::move(command), user, scope);
  co_return reply;
}

Task<Result<db::Reply>> RevokeUserSessions(Deps& deps, EndSessionsCommand command) {
  const auto user = ActOn(command.caller, command.id, "user_id");
  if (!user) co_return user.error();
  const db::Scope scope = db::Scope::Of(command.caller.tenant);
  auto reply = co_await OutdateUser(deps, std::move(command), *user, scope);
  co_return reply;
}

}  // namespace quittance::auth
