// Sends refunds under their stored keys: the same key again is the same refund.
#include "common/core/crash_point.h"
#include "services/billing/domain/life.h"
#include "services/billing/usecases/call_psp.h"
#include "services/billing/usecases/jobs.h"
#include "services/billing/usecases/run_all.h"

namespace quittance::billing {
namespace {

const Cause kSender{"system:send_refunds", ""};

struct Loaded {
  Payment payment;
  Refund refund;
};

Task<void> LetGo(Deps& deps, store::DueRefund due, std::optional<TimePoint> send_at) {
  co_await deps.db.Transact(db::Scope::Of(due.payment.tenant), [&](db::Tx& tx) {
    store::SetRefundSend(tx, due.payment.tenant, due.refund, send_at);
    store::ReleaseRefund(tx, due.payment.tenant, due.refund, due.lease);
  });
}

Task<void> SendOne(Deps& deps, store::DueRefund due) {
  auto loaded = co_await deps.db.Transact(db::Scope::Of(due.payment.tenant), [&](db::Tx& tx) -> std::optional<Loaded> {
    auto payment = store::FindPayment(tx, due.payment);
    auto refund = store::FindRefund(tx, due.payment.tenant, due.refund);
    if (!payment || !refund || refund->status != RefundStatus::kPending) return std::nullopt;
    return Loaded{std::move(*payment), std::move(*refund)};
  });
  if (!loaded) {
    co_await LetGo(deps, due, std::nullopt);
    co_return;
  }
  auto chosen = co_await ConnectionOf(deps, due.payment.tenant, loaded->refund.connection);
  if (!chosen) {
    const auto pause = PauseAfter(kResendRefundAfter, due.sends);
    if (!pause) deps.metrics.refunds_stuck.Add();
    co_await LetGo(deps, due, pause ? std::optional(deps.clock.Now() + *pause) : std::nullopt);
    co_return;
  }
  const auto reference = loaded->payment.Find(loaded->refund.attempt)->psp_reference;
  RefundWork work{due.payment, std::move(loaded->refund), reference, due.lease, std::move(*chosen), kSender, due.sends};
  co_await CallRefund(deps, std::move(work));
}

}  // namespace

Task<int> SendRefunds(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const auto due = co_await deps.system_db.Transact(db::Scope::System(),
                                                    [&](db::Tx& tx) { return store::ClaimDueRefunds(tx, now, kPspLease, kDueMax); });
  QUITTANCE_CRASH_POINT("billing.send_refunds.claimed");
  std::vector<Task<void>> tasks;
  for (const auto& refund : due) tasks.push_back(SendOne(deps, refund));
  co_await RunAll(deps, std::move(tasks));
  co_return static_cast<int>(due.size());
}

}  // namespace quittance::billing
