// The fold, case by case: which facts together mean which state.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/unit/billing/facts.h"

namespace quittance::billing::test {
namespace {

using K = FactKind;

struct Case {
  const char* name;
  std::vector<Fact> facts;
  const char* state;
  Amounts amounts = {};
};

class FoldTable : public ::testing::TestWithParam<Case> {};

TEST_P(FoldTable, MeansThisState) {
  const std::array<FoldAttempt, 2> attempts = {{{AttemptNumber(1), 1, false}, {AttemptNumber(2), 2, false}}};
  const bool second =
      std::any_of(GetParam().facts.begin(), GetParam().facts.end(), [](const Fact& f) { return f.attempt == AttemptNumber(2); });
  const auto folded = Fold(Euros(1990), std::span(attempts).first(second ? 2 : 1), GetParam().facts);
  EXPECT_EQ(StateOf(folded), GetParam().state);
  EXPECT_EQ(folded.amounts, GetParam().amounts);
}

INSTANTIATE_TEST_SUITE_P(
    Facts, FoldTable,
    ::testing::Values(
        Case{"nothing", {}, "PENDING/created"}, Case{"submitted", {MakeFact(K::kSubmitted)}, "PENDING/submitted"},
        Case{"action", {MakeFact(K::kRequiresAction), MakeFact(K::kSubmitted)}, "PENDING/requires_action"},
        Case{"processing", {MakeFact(K::kProcessing), MakeFact(K::kRequiresAction)}, "PENDING/processing"},
        Case{"captured", {MakeFact(K::kCaptured, "pi", 1990)}, "SUCCEEDED/settled", {1990, 0, 0, 0}},
        Case{"captured_after_decline", {MakeFact(K::kDeclined), MakeFact(K::kCaptured, "pi", 1990)}, "SUCCEEDED/settled", {1990, 0, 0, 0}},
        Case{"declined", {MakeFact(K::kSubmitted), MakeFact(K::kDeclined)}, "PENDING/declined"},
        Case{"psp_canceled", {MakeFact(K::kSubmitted), MakeFact(K::kAttemptCanceled)}, "FAILED/canceled"},
        Case{"psp_expired", {MakeFact(K::kAttemptExpired)}, "FAILED/expired"},
        Case{"older_canceled_newer_open",
             {MakeFact(K::kAttemptCanceled), MakeFact(K::kRequiresAction, "", 0, 2)},
             "PENDING/requires_action"},
        Case{"older_canceled_newer_declined", {MakeFact(K::kAttemptCanceled), MakeFact(K::kDeclined, "", 0, 2)}, "PENDING/declined"},
        Case{"intent_canceled", {MakeFact(K::kDeclined), MakeFact(K::kCanceled)}, "FAILED/canceled"},
        Case{"intent_canceled_but_open", {MakeFact(K::kRequiresAction), MakeFact(K::kCanceled)}, "PENDING/requires_action"},
        Case{"intent_expired", {MakeFact(K::kAttemptCanceled), MakeFact(K::kExpired)}, "FAILED/expired"},
        Case{"capture_failed", {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kCaptureFailed, "pi", 1990)}, "FAILED/capture_failed"},
        Case{"capture_failed_of_another",
             {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kCaptureFailed, "p2", 1990, 2)},
             "SUCCEEDED/settled",
             {1990, 0, 0, 0}},
        Case{"W07_other_amount", {MakeFact(K::kCaptured, "pi", 1)}, "PENDING/conflicted", {1, 0, 0, 0}},
        Case{"W07_other_currency", {MakeFact(K::kCaptured, "pi", 1990, 1, "USD")}, "PENDING/conflicted", {0, 0, 0, 0}},
        Case{"conflicted_refunded",
             {MakeFact(K::kCaptured, "pi", 2500), MakeFact(K::kRefundSucceeded, "r", 2500)},
             "REFUNDED/full_refund",
             {2500, 2500, 0, 0}},
        Case{"second_capture",
             {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kCaptured, "p2", 1990, 2)},
             "SUCCEEDED/settled",
             {3980, 0, 0, 1990}},
        Case{"surplus_refunded",
             {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kCaptured, "p2", 1990, 2), MakeFact(K::kRefundSucceeded, "r", 1990)},
             "SUCCEEDED/settled",
             {3980, 1990, 0, 0}},
        Case{"partial_refund",
             {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kRefundSucceeded, "r", 500)},
             "SUCCEEDED/partially_refunded",
             {1990, 500, 0, 0}},
        Case{"pending_refund",
             {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kRefundPending, "r", 1990)},
             "SUCCEEDED/settled",
             {1990, 0, 0, 0}},
        Case{"two_refunds",
             {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kRefundSucceeded, "r", 990), MakeFact(K::kRefundSucceeded, "s", 1000)},
             "REFUNDED/full_refund",
             {1990, 1990, 0, 0}},
        Case{"refund_failed_later",
             {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kRefundSucceeded, "r", 1990), MakeFact(K::kRefundFailed, "r", 1990)},
             "SUCCEEDED/settled",
             {1990, 0, 0, 0}},
        Case{"superseded",
             {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kExpired), MakeFact(K::kSuperseded)},
             "FAILED/superseded",
             {1990, 0, 0, 0}},
        Case{"superseded_refunded",
             {MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kSuperseded), MakeFact(K::kRefundSucceeded, "r", 1990)},
             "REFUNDED/superseded",
             {1990, 1990, 0, 0}}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Fold, M01_UnknownIsAFlagAndDoesNotStick) {
  EXPECT_EQ(StateOf(FoldOne({}, /*unknown=*/true)), "PENDING/unknown");
  EXPECT_EQ(StateOf(FoldOne({MakeFact(K::kSubmitted)}, /*unknown=*/true)), "PENDING/unknown");
  EXPECT_EQ(StateOf(FoldOne({MakeFact(K::kDeclined)}, /*unknown=*/true)), "PENDING/declined");
  EXPECT_EQ(StateOf(FoldOne({MakeFact(K::kCaptured, "pi", 1990)}, /*unknown=*/true)), "SUCCEEDED/settled");
}

TEST(Fold, M01_DisputeOpensTakesAndGivesBack) {
  const auto captured = MakeFact(K::kCaptured, "pi", 1990);
  const auto opened = At(MakeFact(K::kDisputeOpened, "dp", 1990), 100);
  const auto withdrawn = At(MakeFact(K::kDisputeWithdrawn, "dp", 1990), 101);
  const auto reinstated = At(MakeFact(K::kDisputeReinstated, "dp", 1990), 200);
  const auto won = At(MakeFact(K::kDisputeWon, "dp", 1990), 200);
  const auto lost = At(MakeFact(K::kDisputeLost, "dp", 1990), 200);
  EXPECT_EQ(StateOf(FoldOne({captured, opened})), "SUCCEEDED/disputed");
  EXPECT_EQ(StateOf(FoldOne({withdrawn, captured, opened})), "REFUNDED/dispute_lost");
  EXPECT_EQ(StateOf(FoldOne({captured, opened, withdrawn, reinstated, won})), "SUCCEEDED/settled");
  EXPECT_EQ(StateOf(FoldOne({lost, captured, opened})), "REFUNDED/dispute_lost");
  EXPECT_EQ(StateOf(FoldOne({captured, opened, won})), "SUCCEEDED/settled");
}

TEST(Fold, M01_ASecondChargebackAfterAWonOneCounts) {
  const auto captured = MakeFact(K::kCaptured, "pi", 1990);
  const auto won = At(MakeFact(K::kDisputeWon, "dp", 1990), 200);
  EXPECT_EQ(StateOf(FoldOne({captured, won, At(MakeFact(K::kDisputeLost, "dp", 1990), 300)})), "REFUNDED/dispute_lost");
  EXPECT_EQ(StateOf(FoldOne({captured, At(MakeFact(K::kDisputeLost, "dp", 1990), 100), won})), "SUCCEEDED/settled");
}

TEST(Fold, M05_SumsSaturateInsteadOfWrapping) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  const auto folded = FoldTwo({MakeFact(K::kCaptured, "a", kMax), MakeFact(K::kCaptured, "b", kMax, 2)});
  EXPECT_EQ(StateOf(folded), "PENDING/conflicted");
  EXPECT_EQ(folded.amounts.captured, kMax);
}

TEST(Fold, M01_ACaptureThatIsToldTwiceWithOtherAmountsStaysWhatWasAskedFor) {
  EXPECT_EQ(StateOf(FoldOne({MakeFact(K::kCaptured, "pi", 1990), MakeFact(K::kCaptured, "pi", 2500)})), "SUCCEEDED/settled");
  EXPECT_EQ(StateOf(FoldOne({MakeFact(K::kCaptured, "pi", 2500), MakeFact(K::kCaptured, "pi", 1990)})), "SUCCEEDED/settled");
}

TEST(Fold, AttemptsFoldTheirOwnFacts) {
  const auto folded = FoldTwo({MakeFact(K::kDeclined), MakeFact(K::kCaptured, "pi", 1990, 2)});
  EXPECT_EQ(folded.attempts.at(AttemptNumber(1)).status, AttemptStatus::kClosed);
  EXPECT_EQ(folded.attempts.at(AttemptNumber(2)).status, AttemptStatus::kSucceeded);
  EXPECT_EQ(folded.attempts.at(AttemptNumber(2)).captured, 1990);
}

}  // namespace
}  // namespace quittance::billing::test
