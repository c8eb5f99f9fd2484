// In the consumer's transaction: a claim that sends at this very moment can no longer finish its row.
#include "services/notifications/usecases/erase_person.h"

#include "common/audit/audit.h"
#include "common/erasure/ledger.h"
#include "services/notifications/domain/delivery.h"
#include "services/notifications/events.h"
#include "services/notifications/store/notifications.h"

namespace quittance::notifications {

void ErasePerson(Deps& deps, db::Tx& tx, TenantId tenant, UserId user, std::int64_t version, const Heard& heard) {
  const TimePoint now = deps.clock.Now();
  erasure::Note(tx, {tenant, user, version, now});
  for (const Notification& open : store::LockOpenNotificationsOf(tx, tenant, user)) {
    const auto ended = After(open, {Verdict::kPointless, "the person was erased"}, now, 0);
    store::CompleteNotification(tx, {ended, events::Finished(ended, deps.ids.Next(), now)});
  }
  const int forgotten = store::ForgetParams(tx, tenant, user);
  audit::Append(tx, {.tenant = tenant,
                     .time = now,
                     .cause = {.actor = heard.actor, .traceparent = heard.traceparent},
                     .action = "ErasePerson",
                     .subject = user.ToString(),
                     .detail = "{\"notifications\":" + std::to_string(forgotten) + "}"});
}

}  // namespace quittance::notifications
