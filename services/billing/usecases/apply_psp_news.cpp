// Five steps: match news to payments, lock and load, take each piece in (take_news.h), fold and compare, write. Everything is set-based, so
// that a batch of webhooks and a single answer go the same way.
#include "services/billing/usecases/apply_psp_news.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "services/billing/domain/life.h"
#include "services/billing/domain/refund.h"
#include "services/billing/events.h"
#include "services/billing/store/disputes.h"
#include "services/billing/usecases/follow_invoice.h"
#include "services/billing/usecases/take_news.h"

namespace quittance::billing {
namespace {

using store::PaymentKey;

// What is written at the end, for all payments together.
struct Writes {
  std::vector<store::NewFact> facts;
  std::vector<store::AttemptUpdate> attempts;
  std::vector<store::RefundUpdate> refunds;
  std::vector<store::DisputeUpdate> disputes;
  std::vector<store::NewPspCall> calls;
  std::vector<Payment> payments;
  std::vector<::quittance::events::Event> events;
  std::vector<audit::Entry> audit;
};

void SetFolded(Payment& payment, const Folded& folded) {
  payment.status = folded.status;
  payment.detail = folded.detail;
  payment.amounts = folded.amounts;
  payment.fraud_warning = folded.fraud_warning;
  for (auto& attempt : payment.attempts) {
    const auto& fold = folded.attempts.at(attempt.id);
    attempt.status = fold.status;
    attempt.decline_code = fold.decline_code;
    if (!IsOpen(attempt.status)) attempt.unknown = false;
  }
}

// Late money of a purchase that another intent has taken over is not granted: the fact says so for ever.
Folded FoldWithSiblings(db::Tx& tx, PaymentWork& work, TimePoint now) {
  auto folded = FoldOf(work.after, work.facts);
  const bool becomes_paid =
      folded.status == Status::kSucceeded && work.before.status != Status::kSucceeded && work.before.status != Status::kRefunded;
  const bool may_be_replaced = work.before.status == Status::kFailed || work.before.purpose.once();
  if (!becomes_paid || !may_be_replaced) return folded;
  const auto siblings = store::LockSiblings(tx, work.before);
  if (!IsSuperseded(work.before, siblings) && !InvoiceIsVoid(tx, work.before)) return folded;
  Fact fact;
  fact.kind = FactKind::kSuperseded;
  fact.event_key = "superseded:" + work.after.id.ToString();
  AddFact(work, std::move(fact), now);
  return FoldOf(work.after, work.facts);
}

void Count(Metrics& metrics, const Payment& before, const Payment& after) {
  if (before.status != after.status) metrics.Payments(std::string(Name(after.status))).Add();
  if (before.status == Status::kFailed && after.status == Status::kSucceeded) metrics.late_successes.Add();
  if (!before.fraud_warning && after.fraud_warning) metrics.fraud_warnings.Add();
  if (before.detail != Detail::kConflicted && after.detail == Detail::kConflicted) metrics.conflicts.Add();
}

std::string AuditDetail(const Payment& before, const Payment& after) {
  const auto state = [](const Payment& p) { return std::string(Name(p.status)) + "/" + std::string(Name(p.detail)); };
  return "{\"from\":\"" + state(before) + "\",\"to\":\"" + state(after) +
         "\",\"captured_minor\":" + std::to_string(after.amounts.captured) +
         ",\"refunded_minor\":" + std::to_string(after.amounts.refunded) + ",\"currency\":\"" + std::string(after.amount.currency.code()) +
         "\"}";
}

// Every event is one version; each carries the state that the change ends in.
class Teller {
 public:
  Teller(Deps& deps, PaymentWork& work, TimePoint now) : deps_(deps), work_(work), now_(now) {}

  ::quittance::events::Event OfRefund(RefundEvent what, const Refund& refund) {
    ++work_.after.version;
    return events::RefundChanged(what, work_.after, refund, Stamp());
  }
  ::quittance::events::Event OfPayment(PaymentEvent what, const std::optional<Dispute>& dispute) {
    ++work_.after.version;
    return events::PaymentChanged(what, work_.after, Stamp(), dispute ? &*dispute : nullptr);
  }
  Uuid last() const { return last_; }

 private:
  events::Stamp Stamp() {
    last_ = deps_.ids.Next();
    return {last_, now_, work_.cause.traceparent};
  }
  Deps& deps_;
  PaymentWork& work_;
  TimePoint now_;
  Uuid last_{};
};

// Refund rows follow the fold; what settled or failed is told.
void SettleRefunds(PaymentWork& work, const Folded& folded, Teller& teller, Writes& writes, TimePoint now) {
  for (auto& refund : work.refunds) {
    const auto before = refund.status;
    if (const auto fold = folded.refunds.find(refund.id.ToString()); fold != folded.refunds.end()) {
      refund.status = fold->second.status;
      refund.failure_code = fold->second.failure_code;
    }
    if (!work.psp_has.contains(refund.id) && refund.status == before) continue;
    if (refund.status != before) refund.update_time = now;
    writes.refunds.push_back({work.after.tenant, refund, /*psp_has_it=*/true});
    if (refund.status == before || refund.status == RefundStatus::kPending) continue;
    work.ended.push_back(refund);
    writes.events.push_back(
        teller.OfRefund(refund.status == RefundStatus::kSucceeded ? RefundEvent::kSucceeded : RefundEvent::kFailed, refund));
  }
}

// Dispute rows follow the fold; the one that changed last, if any.
std::optional<Dispute> FollowDisputes(Deps& deps, PaymentWork& work, const Folded& folded, Writes& writes, TimePoint now) {
  std::optional<Dispute> changed;
  for (const auto& [key, fold] : folded.disputes) {
    auto row = std::find_if(work.disputes.begin(), work.disputes.end(),
                            [&](const Dispute& d) { return DisputeKey(d.connection, d.psp_reference) == key; });
    Dispute dispute{.id = row == work.disputes.end() ? deps.ids.New<DisputeId>() : row->id,
                    .payment = work.after.id,
                    .connection = key.first,
                    .psp_reference = key.second,
                    .status = fold.status,
                    .stage = fold.stage,
                    .amount = {fold.amount, work.after.amount.currency},
                    .withheld = fold.withheld,
                    .reason = fold.reason,
                    .create_time = row == work.disputes.end() ? now : row->create_time,
                    .update_time = now};
    const bool same = row != work.disputes.end() && row->status == dispute.status && row->stage == dispute.stage &&
                      row->amount == dispute.amount && row->withheld == dispute.withheld && row->reason == dispute.reason;
    if (same) continue;
    if (row == work.disputes.end()) deps.metrics.disputes.Add();
    writes.disputes.push_back({work.after.tenant, work.after.user, dispute});
    changed = std::move(dispute);
  }
  return changed;
}

// Surplus and superseded money goes back by itself, once; the job sends it, or a person where the PSP cannot.
void OpenOwed(db::Tx& tx, Deps& deps, PaymentWork& work, const Folded& folded, Teller& teller, Writes& writes, TimePoint now) {
  auto owed = OwedRefund(work.after, folded, work.refunds, deps.ids.New<RefundId>(), now);
  if (!owed) return;
  const auto* psp = deps.psps.Find(work.after.Find(owed->attempt)->psp);
  owed->manual = psp == nullptr || !psp->can_refund();
  const auto send_at = owed->manual ? std::nullopt : std::optional(now);
  store::InsertRefund(tx, work.after, *owed, send_at, /*leased=*/false, teller.OfRefund(RefundEvent::kOpened, *owed), writes.events);
  deps.metrics.owed_refunds.Add();
  tx.OnCommit([wake = deps.ports.wake] {
    if (wake) wake("send_refunds");
  });
}

void Finish(db::Tx& tx, Deps& deps, PaymentWork& work, Writes& writes, TimePoint now) {
  const auto folded = FoldWithSiblings(tx, work, now);
  SetFolded(work.after, folded);
  auto& after = work.after;
  const auto& before = work.before;
  if (after.status == Status::kSucceeded && !after.succeed_time) after.succeed_time = now;
  if (after.status == Status::kFailed && before.status != Status::kFailed) after.fail_time = now;

  Teller teller(deps, work, now);
  const auto version = after.version;
  after.update_time = now;
  for (const auto& refund : work.new_refunds) {
    store::InsertRefund(tx, after, refund, std::nullopt, /*leased=*/false, teller.OfRefund(RefundEvent::kOpened, refund), writes.events);
  }
  SettleRefunds(work, folded, teller, writes, now);
  const auto dispute = FollowDisputes(deps, work, folded, writes, now);
  auto what = EventOf(before, after);
  if (!what && dispute) what = PaymentEvent::kUpdated;
  if (what) writes.events.push_back(teller.OfPayment(*what, dispute));
  OpenOwed(tx, deps, work, folded, teller, writes, now);
  if (auto event = FollowInvoice(tx, deps, before, after, work.cause, now)) writes.events.push_back(std::move(*event));
  for (const auto& refund : work.ended) FollowRefund(tx, deps, after, refund, now);

  for (auto& call : work.calls) writes.calls.push_back({{after.tenant, after.id}, after.user, std::move(call)});
  for (auto& fact : work.new_facts) writes.facts.push_back(std::move(fact));
  for (const auto& attempt : after.attempts) {
    const auto* was = before.Find(attempt.id);
    if (!work.touched.contains(attempt.id) && was->status == attempt.status && was->unknown == attempt.unknown) continue;
    const auto signature = work.signatures.contains(attempt.id) ? work.signatures.at(attempt.id) : std::string();
    writes.attempts.push_back({after.tenant, attempt, now + kResolveAfter.front(), signature});
  }
  if (after.version == version) {
    after.update_time = before.update_time;
    return;
  }
  Count(deps.metrics, before, after);
  writes.payments.push_back(after);
  writes.audit.push_back({after.tenant, now, work.cause, "ApplyPspNews", after.id.ToString(), AuditDetail(before, after), teller.last()});
}

std::map<PaymentKey, PaymentWork> Load(db::Tx& tx, const std::set<PaymentKey>& keys) {
  auto payments = store::LockPayments(tx, keys);
  auto facts = store::FindFacts(tx, keys);
  auto refunds = store::FindRefunds(tx, keys);
  std::set<PaymentKey> disputed;
  for (const auto& [key, list] : facts) {
    if (std::any_of(list.begin(), list.end(), [](const Fact& fact) { return ConcernsDispute(fact.kind); })) disputed.insert(key);
  }
  auto disputes = store::FindDisputes(tx, disputed);
  std::map<PaymentKey, PaymentWork> work;
  for (auto& [key, payment] : payments) {
    std::set<std::pair<std::string, std::string>> known;
    for (const auto& fact : facts[key]) known.insert({fact.connection, fact.event_key});
    PaymentWork item{.before = payment,
                     .after = std::move(payment),
                     .facts = std::move(facts[key]),
                     .keys = std::move(known),
                     .refunds = std::move(refunds[key]),
                     .disputes = std::move(disputes[key]),
                     .ended = {},
                     .psp_has = {},
                     .new_facts = {},
                     .new_refunds = {},
                     .calls = {},
                     .signatures = {},
                     .touched = {},
                     .cause = {}};
    work.emplace(key, std::move(item));
  }
  return work;
}

void Write(db::Tx& tx, const Writes& writes, TimePoint now) {
  store::InsertFacts(tx, writes.facts, now);
  store::UpdateAttempts(tx, writes.attempts);
  store::UpdateRefunds(tx, writes.refunds);
  store::PutDisputes(tx, writes.disputes);
  store::InsertPspCalls(tx, writes.calls, now);
  store::UpdatePayments(tx, writes.payments, writes.events);
  if (!writes.audit.empty()) audit::Append(tx, writes.audit);
}

}  // namespace

std::string_view Name(Match match) {
  switch (match) {
    case Match::kApplied:
      return "applied";
    case Match::kUnknownPayment:
      return "unknown_payment";
    case Match::kUnknownConnection:
      return "unknown_connection";
    case Match::kUnreadableRefund:
      return "unreadable_refund";
  }
  CHECK(false);
}

std::vector<Applied> ApplyPspNews(db::Tx& tx, Deps& deps, std::span<const TenantNews> news, std::map<PaymentKey, Payment>* after) {
  const TimePoint now = deps.clock.Now();
  std::set<store::Reference> references;
  for (const auto& item : news) {
    if (!item.news.about.psp_reference.empty()) references.insert({item.tenant, item.news.connection, item.news.about.psp_reference});
  }
  const auto owners = store::FindByReference(tx, references);
  const auto owner_of = [&](const TenantNews& item) -> std::optional<store::Owner> {
    const auto found = owners.find({item.tenant, item.news.connection, item.news.about.psp_reference});
    return found == owners.end() ? std::nullopt : std::optional(found->second);
  };
  const auto key_of = [&](const TenantNews& item) -> std::optional<PaymentKey> {
    if (const auto owner = owner_of(item)) return PaymentKey{item.tenant, owner->payment};
    if (item.news.about.payment) return PaymentKey{item.tenant, *item.news.about.payment};
    return std::nullopt;
  };
  std::set<PaymentKey> keys;
  for (const auto& item : news) {
    if (const auto key = key_of(item)) keys.insert(*key);
  }
  auto work = Load(tx, keys);

  std::vector<Applied> applied;
  for (const auto& item : news) {
    const auto key = key_of(item);
    const auto found = key ? work.find(*key) : work.end();
    if (found == work.end()) {
      applied.push_back({Match::kUnknownPayment, std::nullopt});
      continue;
    }
    const auto owner = owner_of(item);
    applied.push_back({TakeNews(found->second, deps, item, owner ? std::optional(owner->attempt) : std::nullopt, now), key->id});
  }

  Writes writes;
  for (auto& [key, item] : work) Finish(tx, deps, item, writes, now);
  Write(tx, writes, now);
  QUITTANCE_CRASH_POINT("billing.news.written");
  if (after != nullptr) {
    for (auto& [key, item] : work) after->insert_or_assign(key, std::move(item.after));
  }
  return applied;
}

TenantNews OwnFact(const Payment& payment, FactKind kind, const Cause& cause) {
  Statement statement;
  statement.fact.kind = kind;
  statement.fact.event_key = std::string(Name(kind)) + ":" + payment.id.ToString();
  TenantNews item{payment.tenant, {}, cause};
  item.news.about.payment = payment.id;
  item.news.statements = {std::move(statement)};
  return item;
}

Folded FoldOf(const Payment& payment, std::span<const Fact> facts) {
  std::vector<FoldAttempt> attempts;
  for (const auto& attempt : payment.attempts) attempts.push_back({attempt.id, attempt.number, attempt.unknown});
  return Fold(payment.amount, attempts, facts);
}

}  // namespace quittance::billing
