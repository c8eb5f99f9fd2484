// The tenant's row is locked for sharing: an epoch of the whole tenant that is drawn at the same moment is above or below, never beside.
#include "services/auth/usecases/outdate_tokens.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "services/auth/domain/session.h"
#include "services/auth/events.h"
#include "services/auth/store/sessions.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"

namespace quittance::auth {

void OutdateTokens(Deps& deps, db::Tx& tx, UserFacts& user, std::string_view reason, const Cause& cause, TimePoint now) {
  user.epoch = 1 + std::max(user.epoch, store::ShareTenantEpoch(tx, user.tenant));
  user.version += 1;
  user.updated = now;
  const Revocation revocation{.tenant = user.tenant,
                              .subject = user.id.ToString(),
                              .session = std::nullopt,
                              .min_epoch = user.epoch,
                              .expires = now + kAccessTokenLife + kRevocationLeeway};
  const events::Mark mark{deps.ids.Next(), now, cause.traceparent};
  store::InsertRevocation(tx, revocation, deps.ids.Next(), now);
  store::SaveUser(tx, user, events::CredentialsRevoked(user, revocation, mark));
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = cause,
                     .action = "RevokeCredentials",
                     .subject = user.id.ToString(),
                     .detail = "{\"reason\":\"" + std::string(reason) + "\"}",
                     .event = mark.id});
}

}  // namespace quittance::auth
