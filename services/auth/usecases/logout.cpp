// Logout: in the scope of the one user who calls.
#include "services/auth/usecases/logout.h"

#include "services/auth/store/sessions.h"
#include "services/auth/usecases/end_session.h"

namespace quittance::auth {

Task<Result<void>> Logout(Deps& deps, LogoutCommand command) {
  const TimePoint now = deps.clock.Now();
  const Caller& caller = command.caller;
  if (!caller.user || !caller.session) co_return PermissionDenied();
  co_await deps.db.Transact(db::Scope::Of(caller.tenant, *caller.user), [&](db::Tx& tx) {
    const auto session = store::LockSession(tx, caller.tenant, *caller.session);
    if (session && !session->revoked) EndSession(deps, tx, *session, "logout", command.cause, now);
  });
  co_return Result<void>();
}

}  // namespace quittance::auth
