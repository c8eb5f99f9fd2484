// Reads. Somebody else's row is not there for a user: row-level security and the scope see to it.
#include "services/billing/usecases/reads.h"

#include "services/billing/store/refunds.h"
#include "services/billing/usecases/access.h"

namespace quittance::billing {

Task<Result<Payment>> GetPaymentIntent(Deps& deps, Caller caller, PaymentId payment) {
  auto found = co_await deps.db.Transact(ScopeOf(caller), [&](db::Tx& tx) { return store::FindPayment(tx, {caller.tenant, payment}); });
  if (!found) co_return Missing(caller, "payment_intent_id");
  co_return std::move(*found);
}

Task<Result<PaymentPage>> ListPaymentIntents(Deps& deps, ListPaymentIntentsQuery query) {
  const store::PaymentFilter filter{query.caller.tenant, query.user, query.status};
  PaymentPage page;
  page.payments = co_await deps.db.Transact(ScopeOf(query.caller), [&](db::Tx& tx) { return store::ListPayments(tx, filter, query.page); });
  if (!page.payments.empty()) page.next_page_token = NextPageToken(query.page, page.payments.size(), page.payments.back().id.uuid);
  co_return page;
}

Task<Result<Refund>> GetRefund(Deps& deps, Caller caller, RefundId refund) {
  auto found = co_await deps.db.Transact(ScopeOf(caller), [&](db::Tx& tx) { return store::FindRefund(tx, caller.tenant, refund); });
  if (!found) co_return Missing(caller, "refund_id");
  co_return std::move(*found);
}

Task<Result<store::Payers>> ListUnsettledPayers(Deps& deps, ListUnsettledPayersQuery query) {
  auto payers = co_await deps.db.Transact(db::Scope::Of(query.tenant), [&](db::Tx& tx) {
    return store::UnsettledPayers(tx, query.tenant, query.users, query.plans, query.succeeded_since);
  });
  co_return payers;
}

}  // namespace quittance::billing
