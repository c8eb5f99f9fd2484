// Parked webhooks: their bytes were believed once, so they are only read again. After the last pause they stay for a person, counted.
#include "common/core/crash_point.h"
#include "services/billing/domain/life.h"
#include "services/billing/usecases/advance.h"
#include "services/billing/usecases/apply_psp_news.h"
#include "services/billing/usecases/connections.h"
#include "services/billing/usecases/ingest_webhook.h"
#include "services/billing/usecases/jobs.h"
#include "services/billing/usecases/run_all.h"

namespace quittance::billing {
namespace {

using store::DeliveryOutcome;
using store::DeliveryState;

DeliveryOutcome Outcome(const store::ParkedDelivery& parked, DeliveryState state, std::string reason,
                        std::optional<PaymentId> payment = std::nullopt) {
  return {parked.delivery.tenant, parked.delivery.id, state, std::move(reason), payment, std::nullopt};
}

DeliveryOutcome ParkAgain(Deps& deps, const store::ParkedDelivery& parked, std::string reason) {
  auto outcome = Outcome(parked, DeliveryState::kParked, std::move(reason));
  const auto pause = PauseAfter(kReplayParkedAfter, parked.tries);
  if (pause) outcome.retry_at = deps.clock.Now() + *pause;
  if (!pause) deps.metrics.webhooks_stuck.Add();
  return outcome;
}

// What the webhook hinted at, asked for at the PSP.
Task<std::optional<PspNews>> Ask(Deps& deps, store::ParkedDelivery parked, Chosen chosen, AboutPayment about) {
  const auto tenant = parked.delivery.tenant;
  const store::Reference reference{tenant, parked.delivery.connection, about.psp_reference};
  auto payment = co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) -> std::optional<Payment> {
    const auto owners = store::FindByReference(tx, {reference});
    if (owners.empty()) return std::nullopt;
    about.attempt = owners.begin()->second.attempt;
    return store::FindPayment(tx, {tenant, owners.begin()->second.payment});
  });
  if (!payment) co_return std::nullopt;
  auto news = co_await AdvanceAttempt(deps, *payment, *about.attempt, "", std::move(chosen));
  if (news.unknown.value_or(false)) co_return std::nullopt;
  news.about.payment = payment->id;
  co_return std::optional(std::move(news));
}

Task<DeliveryOutcome> Replay(Deps& deps, store::ParkedDelivery parked) {
  const auto tenant = parked.delivery.tenant;
  const auto scope = db::Scope::Of(tenant);
  auto chosen = co_await ConnectionOf(deps, tenant, parked.delivery.connection);
  if (!chosen) co_return ParkAgain(deps, parked, parked.reason);
  const auto body = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return OpenBody(tx, *deps.keyring, parked.delivery); });
  auto event = chosen->psp->Translate(chosen->connection, body);
  using Kind = psp::Event::Kind;
  if (event.kind == Kind::kIgnored) co_return Outcome(parked, DeliveryState::kIgnored, "");
  if (event.kind == Kind::kForeign) co_return Outcome(parked, DeliveryState::kQuarantined, "environment");
  if (event.kind == Kind::kUnreadable) co_return ParkAgain(deps, parked, "unreadable");
  auto news = std::move(event.news);
  if (event.kind == Kind::kAsk) {
    auto answer = co_await Ask(deps, parked, *chosen, news.about);
    if (!answer) co_return ParkAgain(deps, parked, "psp_must_be_asked");
    news = std::move(*answer);
  }
  const TenantNews item{tenant, std::move(news), WebhookCause(parked.delivery.connection, "")};
  const auto applied = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return ApplyPspNews(tx, deps, std::span(&item, 1)).front(); });
  QUITTANCE_CRASH_POINT("billing.parked.applied");
  if (applied.match != Match::kApplied) co_return ParkAgain(deps, parked, std::string(Name(applied.match)));
  co_return Outcome(parked, DeliveryState::kApplied, "", applied.payment);
}

// One poison webhook stays alone.
Task<DeliveryOutcome> ReplayGuarded(Deps& deps, store::ParkedDelivery parked) {
  std::optional<DeliveryOutcome> outcome;
  try {
    outcome = co_await Replay(deps, parked);
  } catch (const std::exception&) {
  }
  if (!outcome) co_return ParkAgain(deps, parked, "failed");
  co_return std::move(*outcome);
}

Task<void> ReplayOne(Deps& deps, store::ParkedDelivery parked) {
  const auto outcome = co_await ReplayGuarded(deps, parked);
  co_await deps.db.Transact(db::Scope::Of(parked.delivery.tenant),
                            [&](db::Tx& tx) { store::SetOutcomes(tx, std::span(&outcome, 1), deps.clock.Now()); });
}

}  // namespace

Task<int> ReplayParked(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const auto due = co_await deps.system_db.Transact(db::Scope::System(),
                                                    [&](db::Tx& tx) { return store::ClaimParked(tx, now, 2 * kPspLease, kDueMax); });
  QUITTANCE_CRASH_POINT("billing.parked.claimed");
  std::vector<Task<void>> tasks;
  for (const auto& parked : due) tasks.push_back(ReplayOne(deps, parked));
  co_await RunAll(deps, std::move(tasks));
  co_return static_cast<int>(due.size());
}

}  // namespace quittance::billing
