// The janitor. With a reference the PSP is queried; without one it is called again under the same key, which is the same request.
#include "common/core/crash_point.h"
#include "services/billing/domain/life.h"
#include "services/billing/usecases/advance.h"
#include "services/billing/usecases/call_psp.h"
#include "services/billing/usecases/jobs.h"
#include "services/billing/usecases/method_token.h"
#include "services/billing/usecases/run_all.h"

namespace quittance::billing {
namespace {

const Cause kJanitor{"system:resolve_attempts", ""};

Task<void> LetGo(Deps& deps, store::DueAttempt due, std::optional<TimePoint> check_at) {
  co_await deps.db.Transact(db::Scope::Of(due.payment.tenant), [&](db::Tx& tx) {
    store::SetAttemptCheck(tx, due.payment.tenant, due.attempt, check_at);
    store::ReleaseAttempt(tx, due.payment.tenant, due.attempt, due.lease);
  });
}

Task<void> ResolveOne(Deps& deps, store::DueAttempt due) {
  auto payment =
      co_await deps.db.Transact(db::Scope::Of(due.payment.tenant), [&](db::Tx& tx) { return store::FindPayment(tx, due.payment); });
  const auto* attempt = payment ? payment->Find(due.attempt) : nullptr;
  const bool waits = attempt != nullptr && IsOpen(attempt->status) && (attempt->unknown || attempt->status == AttemptStatus::kCreated);
  if (!waits) {
    co_await LetGo(deps, due, std::nullopt);
    co_return;
  }
  auto chosen = co_await ChosenFor(deps, due.payment.tenant, *attempt);
  if (!chosen) {
    const auto pause = PauseAfter(kResolveAfter, due.checks);
    if (!pause) deps.metrics.attempts_stuck.Add();
    co_await LetGo(deps, due, pause ? std::optional(deps.clock.Now() + *pause) : std::nullopt);
    co_return;
  }
  CreateWork work{due.payment,         due.attempt, due.lease,  std::move(*chosen), payment->amount,
                  attempt->return_url, kJanitor,    due.checks, "create",           attempt->create_time};
  if (attempt->psp_reference.empty()) {
    co_await CallCreate(deps, std::move(work));
    co_return;
  }
  work.verb = "query";
  auto news = co_await AdvanceAttempt(deps, *payment, due.attempt, CreateKey(due.attempt), work.chosen);
  QUITTANCE_CRASH_POINT("billing.resolve.psp_answered");
  if (news.unknown.value_or(false)) news.about.attempt = due.attempt;
  co_await ApplyAnswer(deps, std::move(work), std::move(news));
}

}  // namespace

Task<int> ResolveAttempts(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const auto due = co_await deps.system_db.Transact(db::Scope::System(),
                                                    [&](db::Tx& tx) { return store::ClaimDueAttempts(tx, now, kPspLease, kDueMax); });
  QUITTANCE_CRASH_POINT("billing.resolve.claimed");
  std::vector<Task<void>> tasks;
  for (const auto& attempt : due) tasks.push_back(ResolveOne(deps, attempt));
  co_await RunAll(deps, std::move(tasks));
  co_return static_cast<int>(due.size());
}

}  // namespace quittance::billing
