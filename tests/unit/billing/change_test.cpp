// The name of a change: the same two states, the same event.
#include <gtest/gtest.h>

#include "services/billing/domain/change.h"
#include "tests/unit/billing/facts.h"

namespace quittance::billing::test {
namespace {

Payment In(Status status, Detail detail, std::int64_t refunded = 0) {
  Payment payment{.id = {},
                  .tenant = {},
                  .user = {},
                  .purpose = {PurposeKind::kPlan, "weekly"},
                  .amount = Euros(1990),
                  .status = status,
                  .detail = detail,
                  .attempts = {Attempt{}},
                  .metadata = {}};
  payment.amounts.refunded = refunded;
  return payment;
}

TEST(EventOf, NamesWhatHappened) {
  const auto created = In(Status::kPending, Detail::kCreated);
  const auto settled = In(Status::kSucceeded, Detail::kSettled);
  const auto disputed = In(Status::kSucceeded, Detail::kDisputed);
  const auto partly = In(Status::kSucceeded, Detail::kPartiallyRefunded, 500);
  const auto refunded = In(Status::kRefunded, Detail::kFullRefund, 1990);
  const auto failed = In(Status::kFailed, Detail::kExpired);
  EXPECT_FALSE(EventOf(created, created));
  EXPECT_EQ(EventOf(created, In(Status::kPending, Detail::kRequiresAction)), PaymentEvent::kRequiresAction);
  EXPECT_EQ(EventOf(created, In(Status::kPending, Detail::kConflicted)), PaymentEvent::kConflicted);
  EXPECT_EQ(EventOf(created, In(Status::kPending, Detail::kDeclined)), PaymentEvent::kUpdated);
  EXPECT_EQ(EventOf(created, settled), PaymentEvent::kSucceeded);
  EXPECT_EQ(EventOf(created, failed), PaymentEvent::kFailed);
  EXPECT_EQ(EventOf(failed, settled), PaymentEvent::kSucceeded);
  EXPECT_EQ(EventOf(settled, partly), PaymentEvent::kPartiallyRefunded);
  EXPECT_EQ(EventOf(partly, In(Status::kSucceeded, Detail::kPartiallyRefunded, 700)), PaymentEvent::kPartiallyRefunded);
  EXPECT_EQ(EventOf(partly, settled), PaymentEvent::kReinstated);
  EXPECT_EQ(EventOf(settled, refunded), PaymentEvent::kRefunded);
  EXPECT_EQ(EventOf(refunded, settled), PaymentEvent::kReinstated);
  EXPECT_EQ(EventOf(settled, disputed), PaymentEvent::kDisputed);
  EXPECT_EQ(EventOf(disputed, settled), PaymentEvent::kDisputeClosed);
}

TEST(EventOf, AnAttemptsChangeIsAChange) {
  const auto before = In(Status::kPending, Detail::kCreated);
  auto after = before;
  after.attempts[0].psp_reference = "pi_1";
  EXPECT_EQ(EventOf(before, after), PaymentEvent::kUpdated);
}

}  // namespace
}  // namespace quittance::billing::test
