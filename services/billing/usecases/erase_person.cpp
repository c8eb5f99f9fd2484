// What came to a payment of theirs after the erasure is erased with the next event; webhook bodies end after 90 days by themselves.
#include "services/billing/usecases/erase_person.h"

#include "common/audit/audit.h"
#include "common/erasure/ledger.h"
#include "services/billing/store/erasure.h"
#include "services/billing/store/projections.h"

namespace quittance::billing {

void ErasePerson(Deps& deps, db::Tx& tx, TenantId tenant, UserId user, std::int64_t version, const Cause& cause) {
  erasure::Note(tx, {tenant, user, version, deps.clock.Now()});
  store::PutUser(tx, tenant, user, version);
  const store::Erased erased = store::ErasePerson(tx, tenant, user);
  audit::Append(tx, {.tenant = tenant,
                     .time = deps.clock.Now(),
                     .cause = cause,
                     .action = "ErasePerson",
                     .subject = user.ToString(),
                     .detail = "{\"payments\":" + std::to_string(erased.payments) + ",\"attempts\":" + std::to_string(erased.attempts) +
                               ",\"deliveries\":" + std::to_string(erased.deliveries) + "}"});
}

}  // namespace quittance::billing
