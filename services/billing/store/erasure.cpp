// SQL of erasure; each statement goes over an index that starts with the tenant.
#include "services/billing/store/erasure.h"

namespace quittance::billing::store {

Erased ErasePerson(db::Tx& tx, TenantId tenant, UserId user) {
  Erased erased;
  erased.payments = tx.Exec(
                          "UPDATE payments SET metadata_keys = '{}', metadata_values = '{}' WHERE tenant_id = $1 AND user_id = $2 AND "
                          "metadata_keys <> '{}'",
                          tenant, user)
                        .affected();
  erased.attempts =
      tx.Exec(
            "UPDATE payment_attempts a SET return_url = '', redirect_url = '' FROM payments p WHERE p.tenant_id = $1 AND "
            "p.user_id = $2 AND p.status <> 'PENDING' AND a.tenant_id = p.tenant_id AND a.payment_id = p.id AND (a.return_url <> "
            "'' OR a.redirect_url <> '')",
            tenant, user)
          .affected();
  erased.deliveries = tx.Exec(
                            "UPDATE webhook_deliveries d SET body = '' FROM payments p WHERE p.tenant_id = $1 AND p.user_id = $2 AND "
                            "d.tenant_id = p.tenant_id AND d.payment_id = p.id AND d.state <> 'parked' AND octet_length(d.body) > 0",
                            tenant, user)
                          .affected();
  return erased;
}

}  // namespace quittance::billing::store
