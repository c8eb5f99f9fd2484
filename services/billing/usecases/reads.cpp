// Reads. Somebody else's row is not there for a user: row-level security and the scope see to it.
#include "services/billing/usecases/reads.h"

#include "services/billing/store/disputes.h"
#include "services/billing/store/refunds.h"
#include "services/billing/usecases/access.h"

namespace quittance::billing {
namespace {

// A payment that a list is asked for by its id: an empty list would tell a person that the id is somebody's or nobody's alike, but not as
// every other rpc does.
bool IsVisible(db::Tx& tx, const Caller& caller, const std::optional<PaymentId>& payment) {
  return !payment || store::FindPayment(tx, {caller.tenant, *payment}).has_value();
}

}  // namespace

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

Task<Result<RefundPage>> ListRefunds(Deps& deps, ListRefundsQuery query) {
  const store::RefundFilter filter{query.caller.tenant, query.payment, query.user, query.status};
  auto found = co_await deps.db.Transact(ScopeOf(query.caller), [&](db::Tx& tx) -> std::optional<std::vector<Refund>> {
    if (!IsVisible(tx, query.caller, query.payment)) return std::nullopt;
    return store::ListRefunds(tx, filter, query.page);
  });
  if (!found) co_return Missing(query.caller, "payment_intent_id");
  RefundPage page;
  page.refunds = std::move(*found);
  if (!page.refunds.empty()) page.next_page_token = NextPageToken(query.page, page.refunds.size(), page.refunds.back().id.uuid);
  co_return page;
}

Task<Result<Dispute>> GetDispute(Deps& deps, Caller caller, DisputeId dispute) {
  auto found = co_await deps.db.Transact(ScopeOf(caller), [&](db::Tx& tx) { return store::FindDispute(tx, caller.tenant, dispute); });
  if (!found) co_return Missing(caller, "dispute_id");
  co_return std::move(*found);
}

Task<Result<DisputePage>> ListDisputes(Deps& deps, ListDisputesQuery query) {
  const store::DisputeFilter filter{query.caller.tenant, query.payment, query.user, query.status};
  auto found = co_await deps.db.Transact(ScopeOf(query.caller), [&](db::Tx& tx) -> std::optional<std::vector<Dispute>> {
    if (!IsVisible(tx, query.caller, query.payment)) return std::nullopt;
    return store::ListDisputes(tx, filter, query.page);
  });
  if (!found) co_return Missing(query.caller, "payment_intent_id");
  DisputePage page;
  page.disputes = std::move(*found);
  if (!page.disputes.empty()) page.next_page_token = NextPageToken(query.page, page.disputes.size(), page.disputes.back().id.uuid);
  co_return page;
}

Task<Result<Timeline>> GetPaymentTimeline(Deps& deps, Caller caller, PaymentId payment) {
  auto timeline = co_await deps.db.Transact(ScopeOf(caller), [&](db::Tx& tx) -> std::optional<Timeline> {
    auto found = store::FindPayment(tx, {caller.tenant, payment});
    if (!found) return std::nullopt;
    auto entries = store::ReadTimeline(tx, *found);
    return Timeline{std::move(*found), std::move(entries)};
  });
  if (!timeline) co_return Missing(caller, "payment_intent_id");
  co_return std::move(*timeline);
}

Task<Result<store::Payers>> ListUnsettledPayers(Deps& deps, ListUnsettledPayersQuery query) {
  auto payers = co_await deps.db.Transact(db::Scope::Of(query.tenant), [&](db::Tx& tx) {
    return store::UnsettledPayers(tx, query.tenant, query.users, query.plans, query.succeeded_since);
  });
  co_return payers;
}

}  // namespace quittance::billing
