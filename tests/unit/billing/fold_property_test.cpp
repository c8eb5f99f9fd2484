// M01 as a property: every order and duplication of a history of facts folds to the same state, and no growing history goes back to
// PENDING.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <ostream>

#include "tests/unit/billing/facts.h"

namespace quittance::billing {

// How a counterexample is printed.
void showValue(const Fact& fact, std::ostream& out) {
  out << Name(fact.kind) << "(" << fact.object << " " << fact.amount_minor << fact.currency << " at " << UnixSeconds(fact.psp_time);
  if (fact.attempt) out << " attempt " << int{fact.attempt->uuid.bytes[15]};
  out << ")";
}

}  // namespace quittance::billing

namespace quittance::billing::test {
namespace {

rc::Gen<Fact> AnyFact() {
  return rc::gen::exec([] {
    const auto kind = static_cast<FactKind>(*rc::gen::inRange(0, static_cast<int>(FactKind::kFraudWarning) + 1));
    const auto object = *rc::gen::elementOf(std::vector<std::string>{"a", "b", "c"});
    const auto minor = *rc::gen::elementOf(std::vector<std::int64_t>{0, 1, 500, 990, 1000, 1990, 2500, 3980});
    const auto currency = *rc::gen::weightedElement<std::string>({{9, "EUR"}, {1, "USD"}});
    auto fact = MakeFact(kind, object, minor, *rc::gen::inRange(1, 4), currency);
    fact.psp_time = FromUnixSeconds(*rc::gen::inRange(1, 5));
    fact.code = *rc::gen::elementOf(std::vector<std::string>{"", "card_declined", "fraud", "inquiry", "pre_arbitration/fraud"});
    return fact;
  });
}

rc::Gen<std::vector<Fact>> AnyHistory() { return rc::gen::container<std::vector<Fact>>(AnyFact()); }

std::vector<FoldAttempt> ThreeAttempts(bool unknown) {
  return {{AttemptNumber(1), 1, false}, {AttemptNumber(2), 2, unknown}, {AttemptNumber(3), 3, false}};
}

bool Same(const Folded& a, const Folded& b) {
  const auto same_attempt = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.status == y.second.status && x.second.closed_by == y.second.closed_by &&
           x.second.decline_code == y.second.decline_code && x.second.captured == y.second.captured;
  };
  const auto same_refund = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.status == y.second.status && x.second.amount == y.second.amount &&
           x.second.failure_code == y.second.failure_code;
  };
  return a.status == b.status && a.detail == b.detail && a.amounts == b.amounts && a.disputes == b.disputes &&
         a.fraud_warning == b.fraud_warning &&
         std::equal(a.attempts.begin(), a.attempts.end(), b.attempts.begin(), b.attempts.end(), same_attempt) &&
         std::equal(a.refunds.begin(), a.refunds.end(), b.refunds.begin(), b.refunds.end(), same_refund);
}

// A permutation of the history with some of its facts twice.
std::vector<Fact> Shuffled(const std::vector<Fact>& facts) {
  auto order = facts;
  if (!facts.empty()) {
    for (int copies = *rc::gen::inRange(0, 4); copies > 0; --copies) order.push_back(*rc::gen::elementOf(facts));
  }
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
  return order;
}

RC_GTEST_PROP(FoldProperty, M01_EveryOrderAndDuplicationGivesTheSameState, ()) {
  const auto facts = *AnyHistory();
  const auto attempts = ThreeAttempts(*rc::gen::arbitrary<bool>());
  RC_ASSERT(Same(Fold(Euros(1990), attempts, facts), Fold(Euros(1990), attempts, Shuffled(facts))));
}

RC_GTEST_PROP(FoldProperty, M01_NothingGoesBackToPending, ()) {
  const auto facts = *AnyHistory();
  const auto attempts = ThreeAttempts(*rc::gen::arbitrary<bool>());
  bool left_pending = false;
  for (std::size_t known = 0; known <= facts.size(); ++known) {
    const auto folded = Fold(Euros(1990), attempts, std::span(facts).first(known));
    if (left_pending) RC_ASSERT(folded.status != Status::kPending);
    left_pending |= folded.status == Status::kSucceeded || folded.status == Status::kRefunded;
  }
}

RC_GTEST_PROP(FoldProperty, M01_MoneyIsConserved, ()) {
  const auto facts = *AnyHistory();
  const auto folded = Fold(Euros(1990), ThreeAttempts(false), facts);
  const bool asked =
      std::none_of(facts.begin(), facts.end(), [](const Fact& f) { return f.kind == FactKind::kAccepted || f.currency == "USD"; });
  const auto net = folded.amounts.captured - folded.amounts.refunded - folded.amounts.disputed;
  RC_ASSERT(folded.amounts.surplus >= 0);
  if (!asked) return;
  if (folded.status == Status::kSucceeded) RC_ASSERT(net > 0 && folded.amounts.surplus == std::max<std::int64_t>(0, net - 1990));
  if (folded.status == Status::kRefunded) RC_ASSERT(net <= 0 && folded.amounts.captured > 0);
}

}  // namespace
}  // namespace quittance::billing::test
