// Sessions as their person sees them, and their end on purpose: one, all of one's own, all of a user by an operator.
#pragma once

#include "common/core/caller.h"
#include "common/core/page.h"
#include "services/auth/deps.h"
#include "services/auth/domain/session.h"

namespace quittance::auth {

struct SessionView {
  Session session;
  TimePoint used{};  // last refresh, or the login
};
struct SessionList {
  std::vector<SessionView> sessions;  // newest first
  std::string next_page_token;
};
struct ListSessionsQuery {
  Caller caller;
  std::int32_t page_size = 0;
  std::string page_token;
};
Task<Result<SessionList>> ListSessions(Deps& deps, ListSessionsQuery query);

struct EndSessionsCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string id = {};  // of the session, or of the user
};
Task<Result<db::Reply>> RevokeSession(Deps& deps, EndSessionsCommand command);
Task<Result<db::Reply>> RevokeAllSessions(Deps& deps, EndSessionsCommand command);   // the caller's own, this one too
Task<Result<db::Reply>> RevokeUserSessions(Deps& deps, EndSessionsCommand command);  // of the user with this id

}  // namespace quittance::auth
