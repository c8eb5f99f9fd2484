// Money rules of refunds: what may be given back, what goes back by itself.
#include <gtest/gtest.h>

#include "services/billing/domain/refund.h"
#include "tests/unit/billing/facts.h"

namespace quittance::billing::test {
namespace {

using K = FactKind;
const TimePoint kNow = FromUnixSeconds(1'790'000'000);

Attempt MakeAttempt(int number) {
  Attempt attempt;
  attempt.id = AttemptNumber(number);
  attempt.number = number;
  attempt.connection = "stripe";
  attempt.psp = "stripe";
  return attempt;
}

struct World {
  Payment payment{.id = {},
                  .tenant = {},
                  .user = {},
                  .purpose = {PurposeKind::kPlan, "weekly"},
                  .amount = Euros(1990),
                  .attempts = {MakeAttempt(1), MakeAttempt(2)},
                  .metadata = {}};
  std::vector<Refund> refunds;
  std::vector<Fact> facts;

  Folded Now() const {
    const std::array<FoldAttempt, 2> attempts = {{{AttemptNumber(1), 1, false}, {AttemptNumber(2), 2, false}}};
    return Fold(payment.amount, attempts, facts);
  }
  Result<Refund> Open(std::optional<Money> amount) const { return OpenRefund(payment, Now(), refunds, RefundId{}, amount, "asked", kNow); }
  std::optional<Refund> Owed() {
    const auto folded = Now();
    payment.status = folded.status;
    return OwedRefund(payment, folded, refunds, RefundId{}, kNow);
  }
  Refund Row(std::int64_t minor, RefundStatus status, int attempt = 1, std::string_view reason = "asked") {
    return {.id = {},
            .payment = {},
            .attempt = AttemptNumber(attempt),
            .connection = "stripe",
            .amount = Euros(minor),
            .status = status,
            .reason = std::string(reason),
            .psp_reference = "",
            .failure_code = "",
            .manual = false};
  }
};

World Paid() {
  World world;
  world.facts = {MakeFact(K::kCaptured, "pi", 1990)};
  return world;
}

TEST(OpenRefund, FullAndPartial) {
  EXPECT_EQ(Paid().Open(std::nullopt)->amount.amount_minor, 1990);
  EXPECT_EQ(Paid().Open(Euros(500))->amount.amount_minor, 500);
  EXPECT_EQ(Paid().Open(Euros(500))->attempt, AttemptNumber(1));
}

TEST(OpenRefund, M04_MoreThanCapturedIsRefused) {
  EXPECT_EQ(Paid().Open(Euros(1991)).error().reason, Reason::kRefundExceedsCapture);
  EXPECT_EQ(Paid().Open(Euros(0)).error().reason, Reason::kRefundExceedsCapture);
  EXPECT_EQ(Paid().Open(Euros(-1)).error().reason, Reason::kRefundExceedsCapture);
}

TEST(OpenRefund, M04_OtherCurrencyIsRefused) {
  const auto refused = Paid().Open(Money{100, *Currency::Parse("XOF")});
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_EQ(refused.error().fields.at(0).field, "amount.currency_code");
}

TEST(OpenRefund, M03_PendingRefundsCountAsGone) {
  auto world = Paid();
  world.refunds = {world.Row(1500, RefundStatus::kPending)};
  EXPECT_EQ(world.Open(Euros(500)).error().reason, Reason::kRefundExceedsCapture);
  EXPECT_EQ(world.Open(Euros(490))->amount.amount_minor, 490);
  world.refunds = {world.Row(1500, RefundStatus::kFailed)};
  EXPECT_EQ(world.Open(std::nullopt)->amount.amount_minor, 1990);
}

TEST(OpenRefund, M03_DisputedMoneyIsNotRefundedTwice) {
  auto world = Paid();
  world.facts.push_back(At(MakeFact(K::kDisputeWithdrawn, "dp", 1990), 5));
  EXPECT_EQ(world.Open(Euros(1)).error().reason, Reason::kRefundExceedsCapture);
}

TEST(OpenRefund, WithoutMoneyIsAStateConflict) { EXPECT_EQ(World().Open(std::nullopt).error().reason, Reason::kStateConflict); }

TEST(OwedRefund, SurplusOnceFromTheNewestCapture) {
  auto world = Paid();
  EXPECT_FALSE(world.Owed());
  world.facts.push_back(MakeFact(K::kCaptured, "p2", 1990, 2));
  const auto owed = world.Owed();
  ASSERT_TRUE(owed);
  EXPECT_EQ(owed->amount.amount_minor, 1990);
  EXPECT_EQ(owed->attempt, AttemptNumber(2));
  EXPECT_EQ(owed->reason, kReasonSurplus);
  world.refunds = {*owed};
  EXPECT_FALSE(world.Owed());  // under way
  world.refunds[0].status = RefundStatus::kFailed;
  EXPECT_FALSE(world.Owed());  // a person's turn, not a loop
}

TEST(OwedRefund, SupersededMoneyGoesBackWhole) {
  auto world = Paid();
  world.facts.push_back(MakeFact(K::kSuperseded));
  const auto owed = world.Owed();
  ASSERT_TRUE(owed);
  EXPECT_EQ(owed->amount.amount_minor, 1990);
  EXPECT_EQ(owed->reason, kReasonSuperseded);
}

TEST(OwedRefund, W07_ConflictedMoneyWaitsForAPerson) {
  World world;
  world.facts = {MakeFact(K::kCaptured, "pi", 2500)};
  EXPECT_FALSE(world.Owed());
}

}  // namespace
}  // namespace quittance::billing::test
