// M01 without chance: histories of every kind of trouble, in every order and with every single duplication, end where they must.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/unit/billing/facts.h"

namespace quittance::billing::test {
namespace {

using K = FactKind;

struct History {
  const char* name;
  std::vector<Fact> facts;
  std::string state;
  Amounts amounts;
};

Fact Dispute(K kind, std::int64_t at, std::string code = "", std::int64_t minor = 1990) {
  auto fact = At(MakeFact(kind, "dp", minor), at);
  fact.code = std::move(code);
  fact.event_key += std::to_string(at);
  return fact;
}

std::vector<History> Histories() {
  const auto captured = MakeFact(K::kCaptured, "pi_1", 1990);
  const auto dollars = MakeFact(K::kCaptured, "pi_1", 2500, 1, "USD");
  return {
      {"paid",
       {MakeFact(K::kSubmitted), MakeFact(K::kRequiresAction), MakeFact(K::kProcessing), captured, MakeFact(K::kCaptured, "pi_1", 1990)},
       "SUCCEEDED/settled",
       {1990, 0, 0, 0}},
      {"declined, then paid",
       {MakeFact(K::kDeclined), MakeFact(K::kSubmitted, "", 0, 2), MakeFact(K::kCaptured, "pi_2", 1990, 2)},
       "SUCCEEDED/settled",
       {1990, 0, 0, 0}},
      {"paid twice, surplus back",
       {captured, MakeFact(K::kCaptured, "pi_2", 1990, 2), MakeFact(K::kRefundPending, "ref_1", 1990),
        MakeFact(K::kRefundSucceeded, "ref_1", 1990)},
       "SUCCEEDED/settled",
       {3980, 1990, 0, 0}},
      {"refund that fails at last",
       {captured, MakeFact(K::kRefundPending, "ref_1", 1990), MakeFact(K::kRefundSucceeded, "ref_1", 1990),
        MakeFact(K::kRefundFailed, "ref_1", 1990)},
       "SUCCEEDED/settled",
       {1990, 0, 0, 0}},
      {"refunded in parts",
       {captured, MakeFact(K::kRefundSucceeded, "ref_1", 500), MakeFact(K::kRefundSucceeded, "ref_2", 490),
        MakeFact(K::kRefundFailed, "ref_3", 100)},
       "SUCCEEDED/partially_refunded",
       {1990, 990, 0, 0}},
      {"authorised, then the capture fails",
       {MakeFact(K::kSubmitted), captured, MakeFact(K::kCaptureFailed, "pi_1")},
       "FAILED/capture_failed",
       {}},
      {"dispute won after a second round",
       {captured, Dispute(K::kDisputeOpened, 1, "chargeback/fraudulent"), Dispute(K::kDisputeWithdrawn, 1), Dispute(K::kDisputeLost, 2),
        Dispute(K::kDisputeOpened, 3, "pre_arbitration"), Dispute(K::kDisputeWon, 4)},
       "SUCCEEDED/settled",
       {1990, 0, 0, 0}},
      {"dispute lost",
       {captured, Dispute(K::kDisputeOpened, 1), Dispute(K::kDisputeReview, 2), Dispute(K::kDisputeLost, 3)},
       "REFUNDED/dispute_lost",
       {1990, 0, 1990, 0}},
      {"another currency", {MakeFact(K::kSubmitted), dollars}, "PENDING/conflicted", {}},
      {"another currency, accepted", {MakeFact(K::kSubmitted), dollars, MakeFact(K::kAccepted)}, "SUCCEEDED/settled", {}},
      {"another currency, given back",
       {dollars, MakeFact(K::kRefundPending, "ref_1", 2500, 1, "USD"), MakeFact(K::kRefundSucceeded, "ref_1", 2500, 1, "USD")},
       "REFUNDED/full_refund",
       {}},
      {"less than asked, accepted", {MakeFact(K::kCaptured, "pi_1", 1500), MakeFact(K::kAccepted)}, "SUCCEEDED/settled", {1500, 0, 0, 0}},
      {"more than asked, accepted: the surplus is owed",
       {MakeFact(K::kCaptured, "pi_1", 2500), MakeFact(K::kAccepted)},
       "SUCCEEDED/settled",
       {2500, 0, 0, 510}},
      {"accepted, then the capture fails",
       {MakeFact(K::kCaptured, "pi_1", 1500), MakeFact(K::kAccepted), MakeFact(K::kCaptureFailed, "pi_1")},
       "FAILED/capture_failed",
       {}},
      {"accepted, then given back",
       {MakeFact(K::kCaptured, "pi_1", 1500), MakeFact(K::kAccepted), MakeFact(K::kRefundSucceeded, "ref_1", 1500)},
       "REFUNDED/full_refund",
       {1500, 1500, 0, 0}},
      {"a fraud warning moves no money", {captured, MakeFact(K::kFraudWarning, "issfr_1")}, "SUCCEEDED/settled", {1990, 0, 0, 0}},
      {"late money of a replaced intent",
       {MakeFact(K::kExpired), captured, MakeFact(K::kSuperseded), MakeFact(K::kRefundSucceeded, "ref_1", 1990)},
       "REFUNDED/superseded",
       {1990, 1990, 0, 0}},
  };
}

Folded FoldList(const std::vector<Fact>& facts) {
  const std::array<FoldAttempt, 2> attempts = {{{AttemptNumber(1), 1, false}, {AttemptNumber(2), 2, false}}};
  return Fold(Euros(1990), attempts, facts);
}

void ExpectEnd(const History& history, const std::vector<Fact>& facts) {
  const auto folded = FoldList(facts);
  ASSERT_EQ(StateOf(folded), history.state) << history.name;
  ASSERT_EQ(folded.amounts, history.amounts) << history.name;
}

TEST(History, M01_EveryPermutationEndsInTheSameState) {
  for (const auto& history : Histories()) {
    std::vector<std::size_t> order(history.facts.size());
    std::iota(order.begin(), order.end(), 0u);
    do {
      std::vector<Fact> facts;
      for (const auto index : order) facts.push_back(history.facts[index]);
      ExpectEnd(history, facts);
      for (const auto& twice : history.facts) {
        facts.push_back(twice);
        ExpectEnd(history, facts);
        facts.pop_back();
      }
      if (HasFatalFailure()) return;
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(History, ADisputeKeepsItsFurthestStageAndItsReason) {
  const auto folded = FoldList({MakeFact(K::kCaptured, "pi_1", 1990), Dispute(K::kDisputeOpened, 3, "pre_arbitration"),
                                Dispute(K::kDisputeOpened, 1, "chargeback/fraudulent"), Dispute(K::kDisputeReview, 2)});
  const auto& dispute = folded.disputes.at({"stripe", "dp"});
  EXPECT_EQ(dispute.stage, DisputeStage::kPreArbitration);
  EXPECT_EQ(dispute.reason, "fraudulent");
  EXPECT_EQ(dispute.status, DisputeStatus::kOpen);
  EXPECT_EQ(StateOf(folded), "SUCCEEDED/disputed");
}

TEST(History, AnInquiryTakesNoMoneyAndALossIsNeverOne) {
  const auto inquiry = FoldList({MakeFact(K::kCaptured, "pi_1", 1990), Dispute(K::kDisputeOpened, 1, "inquiry")});
  EXPECT_EQ(inquiry.disputes.at({"stripe", "dp"}).stage, DisputeStage::kInquiry);
  EXPECT_EQ(inquiry.amounts.disputed, 0);
  const auto lost = FoldList({MakeFact(K::kCaptured, "pi_1", 1990), Dispute(K::kDisputeOpened, 1, "inquiry"), Dispute(K::kDisputeLost, 2)});
  EXPECT_EQ(lost.disputes.at({"stripe", "dp"}).stage, DisputeStage::kChargeback);
  EXPECT_TRUE(lost.disputes.at({"stripe", "dp"}).withheld);
}

TEST(History, AFraudWarningIsKept) { EXPECT_TRUE(FoldList({MakeFact(K::kFraudWarning, "issfr_1")}).fraud_warning); }

// A payment that a PSP repeats itself about for ever: two captures, hundreds of partial refunds and disputes.
TEST(History, M01_AThousandFactsAddUp) {
  std::vector<Fact> facts = {MakeFact(K::kCaptured, "pi_1", 1990), MakeFact(K::kCaptured, "pi_2", 1990, 2)};
  for (int i = 0; i < 333; ++i) {
    const auto id = std::to_string(i);
    facts.push_back(MakeFact(K::kRefundPending, "ref_" + id, 1));
    facts.push_back(MakeFact(i % 3 == 0 ? K::kRefundFailed : K::kRefundSucceeded, "ref_" + id, 1));
    facts.push_back(At(MakeFact(i % 2 == 0 ? K::kDisputeWon : K::kDisputeLost, "dp_" + id, 1), i));
  }
  const auto folded = FoldList(facts);
  EXPECT_EQ(folded.amounts, (Amounts{3980, 222, 166, 3980 - 222 - 166 - 1990}));
  EXPECT_EQ(StateOf(folded), "SUCCEEDED/settled");
  std::reverse(facts.begin(), facts.end());
  EXPECT_EQ(FoldList(facts).amounts, folded.amounts);
}

}  // namespace
}  // namespace quittance::billing::test
