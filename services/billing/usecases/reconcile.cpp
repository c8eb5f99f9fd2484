// First the PSP's list becomes facts, page by page; then what we hold and it did not list is asked for one by one. A PSP that lists nothing
// is asked about everything we hold.
#include "services/billing/usecases/reconcile.h"

#include <algorithm>
#include <exception>

#include "common/audit/audit.h"
#include "services/billing/events.h"
#include "services/billing/store/reconciliation.h"
#include "services/billing/usecases/access.h"
#include "services/billing/usecases/apply_psp_news.h"
#include "services/billing/usecases/connections.h"
#include "services/billing/usecases/jobs.h"

namespace quittance::billing {
namespace {

constexpr std::chrono::seconds kRunLease{900};
const Cause kReconciler{"system:reconcile", ""};
constexpr Duration kNight = std::chrono::hours(3);  // of UTC's day

struct Run {
  ReconcileWork work;
  Chosen chosen;
  ReconciliationRun row;
  std::set<std::string> agreed;  // references that both know, without anything to settle
  std::set<std::string> listed;
};

const Fact* MoneyOf(const PspNews& news) {
  const auto found =
      std::find_if(news.statements.begin(), news.statements.end(), [](const Statement& s) { return s.fact.kind == FactKind::kCaptured; });
  return found == news.statements.end() ? nullptr : &found->fact;
}

Discrepancy Found(Deps& deps, const Run& run, DiscrepancyKind kind, std::string reference) {
  Discrepancy found;
  found.id = deps.ids.New<DiscrepancyId>();
  found.connection = run.work.connection;
  found.kind = kind;
  found.psp_reference = std::move(reference);
  found.last_time = run.row.run_time;
  return found;
}

// One payment of the list, in a transaction of its own: a bad one stays alone.
Task<void> TakeListed(Deps& deps, Run& run, PspNews news) {
  const auto reference = news.about.psp_reference;
  const Fact money = MoneyOf(news) != nullptr ? *MoneyOf(news) : Fact{};
  const bool paid = MoneyOf(news) != nullptr;
  news.connection = run.work.connection;
  const TenantNews item{run.work.tenant, std::move(news), run.work.cause};
  struct Outcome {
    bool healed = false, agreed = false;
  };
  const auto outcome = co_await deps.db.Transact(db::Scope::Of(run.work.tenant), [&](db::Tx& tx) -> Outcome {
    const store::Reference known{run.work.tenant, run.work.connection, reference};
    const auto owners = store::FindByReference(tx, {known});
    std::optional<std::int64_t> version;
    if (!owners.empty()) version = store::FindPayment(tx, {run.work.tenant, owners.begin()->second.payment})->version;
    std::map<store::PaymentKey, Payment> after;
    const auto applied = ApplyPspNews(tx, deps, std::span(&item, 1), &after).front();
    if (applied.match == Match::kUnknownPayment || applied.match == Match::kUnknownConnection) {
      if (!paid) return {};
      auto found = Found(deps, run, DiscrepancyKind::kUnknownHere, reference);
      found.amount_minor = money.amount_minor;
      found.currency = money.currency;
      store::PutDiscrepancy(tx, run.work.tenant, found);
      return {};
    }
    const auto& payment = after.at({run.work.tenant, *applied.payment});
    if (payment.detail == Detail::kConflicted) {
      auto found = Found(deps, run, DiscrepancyKind::kConflicted, reference);
      found.payment = payment.id;
      found.amount_minor = money.amount_minor;
      found.currency = money.currency;
      store::PutDiscrepancy(tx, run.work.tenant, found);
    }
    return {!version || *version != payment.version, payment.detail != Detail::kConflicted};
  });
  run.row.healed += outcome.healed ? 1 : 0;
  if (outcome.agreed) run.agreed.insert(reference);
}

Task<void> TakeList(Deps& deps, Run& run) {
  std::string page;
  for (int pages = 0; pages < kListPagesMax; ++pages) {
    psp::ListCall call{run.work.begin, run.work.end, page};
    const auto listing = co_await run.chosen.psp->List(run.chosen.connection, std::move(call));
    if (!listing.known) co_return;
    for (const auto& news : listing.payments) {
      ++run.row.listed;
      run.listed.insert(news.about.psp_reference);
      co_await TakeListed(deps, run, news);
    }
    page = listing.next_page;
    if (page.empty()) {
      run.row.complete = true;
      co_return;
    }
  }
}

// A capture that we hold and the list did not show.
Task<void> AskAbout(Deps& deps, Run& run, store::HeldCapture held) {
  psp::ExistingPayment existing{"", held.payment.id, held.attempt, held.psp_reference, held.amount};
  auto news = co_await run.chosen.psp->Query(run.chosen.connection, std::move(existing));
  if (news.unknown.value_or(false)) {
    run.row.complete = false;
    co_return;
  }
  news.about.payment = held.payment.id;
  const bool there = MoneyOf(news) != nullptr;
  const TenantNews item{run.work.tenant, std::move(news), run.work.cause};
  co_await deps.db.Transact(db::Scope::Of(run.work.tenant), [&](db::Tx& tx) {
    ApplyPspNews(tx, deps, std::span(&item, 1));
    if (there) return;
    auto found = Found(deps, run, DiscrepancyKind::kMissingAtPsp, held.psp_reference);
    found.payment = held.payment.id;
    found.amount_minor = held.amount.amount_minor;
    found.currency = held.amount.currency.code();
    store::PutDiscrepancy(tx, run.work.tenant, found);
  });
  if (there) run.agreed.insert(held.psp_reference);
}

Task<void> TakeHeld(Deps& deps, Run& run) {
  std::optional<store::HeldCapture> last;
  for (;;) {
    const auto held = co_await deps.db.Transact(db::Scope::Of(run.work.tenant), [&](db::Tx& tx) {
      return store::HeldCaptures(tx, run.work.tenant, run.work.connection, run.work.begin, run.work.end, last);
    });
    if (held.empty()) co_return;
    for (const auto& capture : held) {
      if (!run.listed.contains(capture.psp_reference)) co_await AskAbout(deps, run, capture);
    }
    last = held.back();
  }
}

TimePoint NextNight(TimePoint now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  return now < day + kNight ? TimePoint(day + kNight) : TimePoint(day + std::chrono::days(1) + kNight);
}

}  // namespace

Task<Result<ReconciliationRun>> Reconcile(Deps& deps, ReconcileWork work) {
  auto chosen = co_await ConnectionOf(deps, work.tenant, work.connection);
  if (!chosen) co_return chosen.error();
  if (chosen->psp->pure()) co_return Precondition(Reason::kPspUnsupported, "nobody has a list of manual transfers");
  const TimePoint now = deps.clock.Now();
  Run run{work, std::move(*chosen), {}, {}, {}};
  run.row = {deps.ids.New<ReconciliationRunId>(), work.connection, work.begin, work.end, false, 0, 0, 0, now, work.cause.actor};
  co_await TakeList(deps, run);
  const bool lists = run.row.listed > 0 || run.row.complete;
  if (!lists) run.row.complete = true;  // asked about one by one
  if (run.row.complete) co_await TakeHeld(deps, run);
  co_await deps.db.Transact(db::Scope::Of(work.tenant), [&](db::Tx& tx) {
    store::HealDiscrepancies(tx, work.tenant, work.connection, run.agreed, now);
    run.row.open = store::CountOpen(tx, work.tenant, work.connection);
    store::InsertRun(tx, work.tenant, run.row);
  });
  deps.metrics.reconciled.Add(run.row.listed);
  deps.metrics.reconciliation_healed.Add(run.row.healed);
  co_return run.row;
}

Task<Result<db::Reply>> RunReconciliation(Deps& deps, RunReconciliationCommand command) {
  const TimePoint now = deps.clock.Now();
  ReconcileWork work{command.once.tenant, command.connection, now - command.look, now + std::chrono::hours(1), command.cause};
  auto run = co_await Reconcile(deps, std::move(work));
  if (!run) co_return run.error();
  auto reply = co_await deps.db.Once(db::Scope::Of(command.once.tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    audit::Append(tx, {command.once.tenant, now, command.cause, "RunReconciliation", run->id.ToString(), "", {}});
    return events::ReplyOf(*run);
  });
  co_return reply;
}

Task<Result<DiscrepancyPage>> ListDiscrepancies(Deps& deps, ListDiscrepanciesQuery query) {
  const store::DiscrepancyFilter filter{query.caller.tenant, query.connection, query.state};
  DiscrepancyPage page;
  page.discrepancies =
      co_await deps.db.Transact(ScopeOf(query.caller), [&](db::Tx& tx) { return store::ListDiscrepancies(tx, filter, query.page); });
  if (!page.discrepancies.empty()) {
    page.next_page_token = NextPageToken(query.page, page.discrepancies.size(), page.discrepancies.back().id.uuid);
  }
  co_return page;
}

Task<Result<db::Reply>> ResolveDiscrepancy(Deps& deps, ResolveDiscrepancyCommand command) {
  const auto tenant = command.once.tenant;
  auto reply = co_await deps.db.Once(db::Scope::Of(tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const TimePoint now = deps.clock.Now();
    auto found = store::LockDiscrepancy(tx, tenant, command.discrepancy);
    if (!found) return Missing(command.caller, "discrepancy_id");
    if (found->state != DiscrepancyState::kOpen) {
      return Precondition(Reason::kStateConflict, "this discrepancy is not open", {{"state", std::string(Name(found->state))}});
    }
    found->state = DiscrepancyState::kResolved;
    found->resolved_by = command.caller.subject;
    found->resolution = command.resolution;
    found->last_time = now;
    store::ResolveDiscrepancy(tx, tenant, *found);
    audit::Append(tx, {tenant, now, command.cause, "ResolveDiscrepancy", found->id.ToString(), "", {}});
    return events::ReplyOf(*found);
  });
  co_return reply;
}

Task<int> ReconcileDue(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const auto due = co_await deps.system_db.Transact(db::Scope::System(), [&](db::Tx& tx) {
    store::SyncSchedule(tx, now);
    const auto oldest = store::OldestOpen(tx);
    deps.metrics.oldest_discrepancy.Set(oldest ? std::chrono::duration<double>(now - *oldest).count() : 0);
    return store::ClaimConnections(tx, now, kRunLease, kDueMax);
  });
  std::exception_ptr failure;
  for (const auto& connection : due) {
    const auto begin = now - (connection.nightly ? kNightlyLook : kHourlyLook);
    ReconcileWork work{connection.tenant, connection.connection, begin, now + std::chrono::hours(1), {"system:reconcile", ""}};
    try {
      co_await Reconcile(deps, std::move(work));
      co_await deps.system_db.Transact(
          db::Scope::System(), [&](db::Tx& tx) { store::FinishConnection(tx, connection, now + std::chrono::hours(1), NextNight(now)); });
    } catch (const std::exception&) {
      failure = std::current_exception();  // this one is due again after its lease; the others have their turn
    }
  }
  if (failure) std::rethrow_exception(failure);
  co_return static_cast<int>(due.size());
}

}  // namespace quittance::billing
