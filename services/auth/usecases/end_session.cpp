// Session, active token, revocation row, event and audit row in one transaction.
#include "services/auth/usecases/end_session.h"

#include "common/audit/audit.h"
#include "common/core/check.h"
#include "services/auth/events.h"
#include "services/auth/store/sessions.h"
#include "services/auth/store/users.h"

namespace quittance::auth {

void EndSession(Deps& deps, db::Tx& tx, const Session& session, std::string_view reason, const Cause& cause, TimePoint now) {
  const auto owner = store::LockUser(tx, session.tenant, session.user);
  CHECK(owner.has_value());  // a session references its user
  UserFacts user = owner->facts;
  user.version += 1;
  user.updated = now;
  const Revocation revocation{.tenant = session.tenant,
                              .subject = session.user.ToString(),
                              .session = session.id,
                              .min_epoch = std::nullopt,
                              .expires = now + kAccessTokenLife + kRevocationLeeway};
  const events::Mark mark{deps.ids.Next(), now, cause.traceparent};
  const auto event = events::CredentialsRevoked(user, revocation, mark);
  store::RevokeSession(tx, session, reason, revocation, deps.ids.Next(), now);
  store::SaveUser(tx, user, event);
  audit::Append(tx, {.tenant = session.tenant,
                     .time = now,
                     .cause = cause,
                     .action = "EndSession",
                     .subject = session.id.ToString(),
                     .detail = "{\"reason\":\"" + std::string(reason) + "\"}",
                     .event = mark.id});
}

}  // namespace quittance::auth
