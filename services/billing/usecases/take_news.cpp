// Matching. A refund is known by our id, else by the PSP's, else by its amount; what nobody asked for here gets a row of its own.
#include "services/billing/usecases/take_news.h"

#include <algorithm>

#include "services/billing/domain/refund.h"

namespace quittance::billing {
namespace {

// The attempt that news speaks of: by the PSP's reference, by our id, else the newest one at this connection that has no reference yet.
Attempt* AttemptOf(Payment& payment, const PspNews& news, std::optional<AttemptId> owner) {
  if (owner) return payment.Find(*owner);
  const auto fits = [&](const Attempt& a) {
    return a.connection == news.connection &&
           (a.psp_reference.empty() || news.about.psp_reference.empty() || a.psp_reference == news.about.psp_reference);
  };
  if (news.about.attempt) {
    auto* named = payment.Find(*news.about.attempt);
    return named != nullptr && fits(*named) ? named : nullptr;
  }
  for (auto attempt = payment.attempts.rbegin(); attempt != payment.attempts.rend(); ++attempt) {
    if (fits(*attempt)) return &*attempt;
  }
  return nullptr;
}

bool ConcernsRefund(FactKind kind) {
  return kind == FactKind::kRefundPending || kind == FactKind::kRefundSucceeded || kind == FactKind::kRefundFailed;
}

bool ConcernsAttempt(FactKind kind) { return kind <= FactKind::kCaptureFailed; }

// Which refund of ours a statement speaks of; those that somebody asked for at the PSP get a row of their own.
Refund* RefundOf(PaymentWork& work, const Statement& statement, const std::string& connection) {
  const auto find = [&](auto wanted) -> Refund* {
    const auto found = std::find_if(work.refunds.begin(), work.refunds.end(), wanted);
    return found == work.refunds.end() ? nullptr : &*found;
  };
  const auto& reference = statement.psp_refund;
  if (!reference.empty()) {
    if (auto* known = find([&](const Refund& r) { return r.connection == connection && r.psp_reference == reference; })) return known;
  }
  if (statement.refund) {
    auto* named = find([&](const Refund& r) { return r.id == *statement.refund; });
    if (named != nullptr && (named->psp_reference.empty() || reference.empty() || named->psp_reference == reference)) return named;
  }
  // A PSP that names neither: the oldest one of this amount that it has not spoken of by itself.
  return find([&](const Refund& r) {
    const bool spoken = std::any_of(work.facts.begin(), work.facts.end(),
                                    [&](const Fact& f) { return f.object == r.id.ToString() && !f.event_key.starts_with("state:"); });
    const bool same = r.connection == connection && r.amount.amount_minor == statement.fact.amount_minor &&
                      r.amount.currency.code() == statement.fact.currency;
    return same && !spoken && (reference.empty() || r.psp_reference.empty()) && !statement.refund;
  });
}

std::optional<Refund> RefundAtPsp(const PaymentWork& work, const Statement& statement, const Attempt* attempt, RefundId id, TimePoint now) {
  const auto currency = Currency::Parse(statement.fact.currency);
  if (!currency || statement.fact.amount_minor <= 0 || attempt == nullptr) return std::nullopt;
  return Refund{.id = id,
                .payment = work.after.id,
                .attempt = attempt->id,
                .connection = attempt->connection,
                .amount = {statement.fact.amount_minor, *currency},
                .status = RefundStatus::kPending,
                .reason = std::string(kReasonPsp),
                .psp_reference = statement.psp_refund,
                .failure_code = "",
                .manual = false,
                .create_time = now,
                .update_time = now};
}

// Takes one statement in; false: it cannot be a refund.
bool TakeStatement(PaymentWork& work, Deps& deps, const Statement& statement, const std::string& connection, const Attempt* attempt,
                   TimePoint now) {
  Fact fact = statement.fact;
  if (work.keys.contains({fact.connection, fact.event_key})) return true;
  if (ConcernsRefund(fact.kind)) {
    auto* refund = RefundOf(work, statement, connection);
    if (refund == nullptr) {
      auto made = RefundAtPsp(work, statement, attempt, deps.ids.New<RefundId>(), now);
      if (!made) return false;
      work.new_refunds.push_back(*made);
      refund = &work.refunds.emplace_back(std::move(*made));
    }
    if (refund->psp_reference.empty()) refund->psp_reference = statement.psp_refund;
    work.psp_has.insert(refund->id);
    fact.object = refund->id.ToString();
  } else if (ConcernsAttempt(fact.kind)) {
    fact.attempt = attempt != nullptr ? std::optional(attempt->id) : std::nullopt;
  }
  AddFact(work, std::move(fact), now);
  return true;
}

}  // namespace

bool AddFact(PaymentWork& work, Fact fact, TimePoint now) {
  if (!work.keys.insert({fact.connection, fact.event_key}).second) return false;
  if (fact.psp_time == TimePoint{}) fact.psp_time = now;
  work.facts.push_back(fact);
  work.new_facts.push_back({{work.after.tenant, work.after.id}, work.after.user, std::move(fact)});
  return true;
}

Match TakeNews(PaymentWork& work, Deps& deps, const TenantNews& item, std::optional<AttemptId> owner, TimePoint now) {
  const auto& news = item.news;
  work.cause = item.cause;
  if (item.call) work.calls.push_back(*item.call);
  if (news.connection.empty()) {  // our own
    for (const auto& statement : news.statements) AddFact(work, statement.fact, now);
    return Match::kApplied;
  }
  const bool here = std::any_of(work.after.attempts.begin(), work.after.attempts.end(),
                                [&](const Attempt& a) { return a.connection == news.connection; });
  if (!here) return Match::kUnknownConnection;
  auto* attempt = AttemptOf(work.after, news, owner);
  if (attempt != nullptr) {
    work.touched.insert(attempt->id);
    if (attempt->psp_reference.empty()) attempt->psp_reference = news.about.psp_reference;
    if (news.next_action) attempt->next_action = *news.next_action;
    if (!news.request_signature.empty()) work.signatures[attempt->id] = news.request_signature;
    if (news.unknown.value_or(false)) {
      attempt->unknown = IsOpen(attempt->status);
    } else if (news.unknown || std::any_of(news.statements.begin(), news.statements.end(),
                                           [](const Statement& s) { return ConcernsAttempt(s.fact.kind); })) {
      attempt->unknown = false;
    }
  }
  auto match = Match::kApplied;
  for (const auto& statement : news.statements) {
    if (!TakeStatement(work, deps, statement, news.connection, attempt, now)) match = Match::kUnreadableRefund;
  }
  return match;
}

}  // namespace quittance::billing
