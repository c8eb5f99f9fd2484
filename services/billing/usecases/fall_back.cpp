// Invariant: only what surely opened nothing is left behind; a doubtful answer never leads to a second PSP.
#include "services/billing/usecases/fall_back.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "services/billing/domain/life.h"
#include "services/billing/events.h"
#include "services/billing/store/facts.h"

namespace quittance::billing {
namespace {

// The next connection of the route that can be called.
Task<std::optional<Chosen>> NextOf(Deps& deps, TenantId tenant, std::vector<std::string> names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto chosen = co_await ConnectionOf(deps, tenant, names[i]);
    if (!chosen) continue;
    chosen->fallbacks.assign(names.begin() + static_cast<std::ptrdiff_t>(i) + 1, names.end());
    co_return std::optional(std::move(*chosen));
  }
  co_return std::nullopt;
}

void AddAttempt(db::Tx& tx, Deps& deps, Payment payment, const CreateWork& work, const Chosen& next, AttemptId id) {
  const TimePoint now = deps.clock.Now();
  Attempt attempt;
  attempt.id = id;
  attempt.number = payment.newest().number + 1;
  attempt.connection = next.connection.name;
  attempt.psp = next.psp->provider();
  attempt.return_url = work.return_url;
  attempt.create_time = now;
  payment.attempts.push_back(attempt);
  const auto facts = store::FindFacts(tx, {work.payment});
  const auto known = facts.find(work.payment);
  const auto folded = FoldOf(payment, known == facts.end() ? std::span<const Fact>{} : std::span<const Fact>(known->second));
  payment.status = folded.status;
  payment.detail = folded.detail;
  payment.expire_time = std::max(payment.expire_time, now + next.psp->intent_life());
  payment.update_time = now;
  ++payment.version;
  const store::NewAttempt row{payment.tenant, payment.user, payment.id, attempt, /*leased=*/true, now + Duration(kPspLease)};
  store::InsertAttempts(tx, std::span(&row, 1));
  const auto event = events::PaymentChanged(PaymentEvent::kUpdated, payment, {deps.ids.Next(), now, work.cause.traceparent});
  store::UpdatePayments(tx, std::span(&payment, 1), std::span(&event, 1));
  audit::Append(
      tx, {payment.tenant, now, work.cause, "FallBack", payment.id.ToString(), "{\"to\":\"" + next.connection.name + "\"}", event.id});
}

}  // namespace

bool MayFallBack(const CreateWork& work, const PspNews& news) {
  if (work.chosen.fallbacks.empty() || !work.chosen.psp->capabilities().clean_refusals || news.unknown.value_or(true)) return false;
  return news.about.psp_reference.empty() && news.statements.size() == 1 && news.statements.front().fact.kind == FactKind::kDeclined;
}

Task<FellBack> FallBack(Deps& deps, CreateWork work, PspNews refusal) {
  FellBack fell;
  auto next = co_await NextOf(deps, work.payment.tenant, work.chosen.fallbacks);
  if (!next) co_return fell;
  const auto id = deps.ids.New<AttemptId>();
  refusal.about.payment = work.payment.id;
  const TenantNews item{work.payment.tenant, std::move(refusal), work.cause};
  enum class Outcome { kLost, kOver, kOpened };
  const auto outcome = co_await deps.db.Transact(db::Scope::Of(work.payment.tenant), [&](db::Tx& tx) {
    if (!store::ReleaseAttempt(tx, work.payment.tenant, work.attempt, work.lease)) return Outcome::kLost;
    ApplyPspNews(tx, deps, std::span(&item, 1));
    auto payment = store::LockPayment(tx, work.payment);
    const bool open =
        payment && payment->status == Status::kPending && payment->detail == Detail::kDeclined && payment->newest().id == work.attempt;
    if (open) {
      AddAttempt(tx, deps, std::move(*payment), work, *next, id);
      return Outcome::kOpened;
    }
    if (payment) db::FinishKey(tx, work.payment.tenant, work.answers.value_or(work.attempt.uuid), events::ReplyOf(*payment));
    return Outcome::kOver;
  });
  fell.taken_over = outcome != Outcome::kOpened;
  if (fell.taken_over) co_return fell;
  CreateWork further{work.payment, id, store::Lease{1}, std::move(*next), work.amount, work.return_url, work.cause};
  further.answers = work.answers.value_or(work.attempt.uuid);
  fell.work = std::move(further);
  co_return fell;
}

}  // namespace quittance::billing
