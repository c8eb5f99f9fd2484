// Transfers and refunds that people confirm: two of them, each once.
#include "services/billing/usecases/manual_payments.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

const Currency kEuro = *Currency::Parse("EUR");

class Manual : public BillingTest {
 protected:
  Intent Transfer(const std::string& key) {
    auto command = CreateCommand(key);
    command.connection = "manual";
    return Read(*Create(command));
  }
  Result<db::Reply> Confirm(int person, const std::string& key, const std::string& id, std::int64_t minor = 1990) {
    const auto& caller = operators[static_cast<std::size_t>(person)];
    return Run(
        ConfirmManualPayment(*deps, {caller, {caller.subject, ""}, CallOf(caller, key), *PaymentId::Parse(id, "id"), Money{minor, kEuro}}));
  }
  Result<db::Reply> Done(int person, const std::string& key, const std::string& id, bool failed = false) {
    const auto& caller = operators[static_cast<std::size_t>(person)];
    return Run(
        ConfirmManualRefund(*deps, {caller, {caller.subject, ""}, CallOf(caller, key), *RefundId::Parse(id, "id"), "SEPA 7", failed}));
  }
  Intent PaidTransfer(const std::string& key) {
    const auto intent = Transfer(key);
    EXPECT_TRUE(Confirm(0, key + "-one", intent.id()).ok());
    EXPECT_TRUE(Confirm(1, key + "-two", intent.id()).ok());
    return intent;
  }
};

TEST_F(Manual, OnePersonsWordMovesNothing) {
  const auto intent = Transfer("key-0001");
  const auto first = Confirm(0, "con-0001", intent.id());
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_TRUE(Read(*first).awaits_second_person());
  EXPECT_EQ(Confirm(0, "con-0002", intent.id()).error().code, Code::kPermissionDenied);
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
  const auto again = Confirm(0, "con-0001", intent.id());
  EXPECT_TRUE(again->replayed);
}

TEST_F(Manual, TwoPersonsMakeItPaidLikeAPspWould) {
  const auto intent = Transfer("key-0002");
  EXPECT_TRUE(Confirm(0, "con-0001", intent.id()).ok());
  const auto second = Confirm(1, "con-0002", intent.id());
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(Read(*second).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Events(intent.id()).back(), "PaymentSucceeded");
  EXPECT_EQ(Confirm(0, "con-0003", intent.id()).error().reason, Reason::kStateConflict);
  EXPECT_EQ(Count("payment_facts WHERE kind = 'captured'"), 1);
  EXPECT_EQ(Count("audit_log WHERE action = 'ProposeConfirmManualPayment'"), 1);
  EXPECT_EQ(Count("audit_log WHERE action = 'ConfirmManualPayment'"), 1);
}

TEST_F(Manual, OtherWordsAreAnotherProposal) {
  const auto intent = Transfer("key-0003");
  EXPECT_TRUE(Confirm(0, "con-0001", intent.id(), 1990).ok());
  const auto other = Confirm(1, "con-0002", intent.id(), 1900);
  EXPECT_TRUE(Read(*other).awaits_second_person());
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
  EXPECT_TRUE(Confirm(0, "con-0003", intent.id(), 1900).ok());
  EXPECT_EQ(Get(intent.id()).detail(), "conflicted");
}

TEST_F(Manual, AProposalDoesNotStandForEver) {
  const auto intent = Transfer("key-0004");
  EXPECT_TRUE(Confirm(0, "con-0001", intent.id()).ok());
  clock.Advance(std::chrono::days(7));
  EXPECT_TRUE(Read(*Confirm(1, "con-0002", intent.id())).awaits_second_person());
}

TEST_F(Manual, WhatIsNoTransferCannotBeConfirmed) {
  const auto intent = Created("key-0005");
  EXPECT_EQ(Confirm(0, "con-0001", intent.id()).error().reason, Reason::kPspUnsupported);
  EXPECT_EQ(Confirm(0, "con-0002", "pay_0123456789abcdef0123456789abcdef").error().reason, Reason::kNotFound);
}

TEST_F(Manual, M02_ARejectedTransferThatArrivesAfterAllCounts) {
  const auto intent = Transfer("key-0006");
  const auto& caller = operators[0];
  const auto rejected = Run(RejectManualPayment(
      *deps, {caller, {caller.subject, ""}, CallOf(caller, "rej-0001"), *PaymentId::Parse(intent.id(), "id"), "nothing came"}));
  ASSERT_TRUE(rejected.ok()) << rejected.error().message;
  EXPECT_EQ(Get(intent.id()).status(), Intent::FAILED);
  EXPECT_TRUE(Confirm(0, "con-0001", intent.id()).ok());
  EXPECT_TRUE(Confirm(1, "con-0002", intent.id()).ok());
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
}

TEST_F(Manual, ARefundOfATransferIsCarriedOutByPeople) {
  const auto intent = PaidTransfer("key-0007");
  const auto refund = ReadRefund(*Refund("ref-0001", intent.id(), 500));
  EXPECT_TRUE(refund.manual());
  EXPECT_EQ(refund.status(), v1::Refund::PENDING);
  clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(Run(SendRefunds(*deps)), 0);
  EXPECT_EQ(ReadRefund(*Done(0, "don-0001", refund.id())).status(), v1::Refund::PENDING);
  EXPECT_EQ(Done(0, "don-0002", refund.id()).error().code, Code::kPermissionDenied);
  EXPECT_EQ(ReadRefund(*Done(1, "don-0003", refund.id())).status(), v1::Refund::SUCCEEDED);
  EXPECT_EQ(Get(intent.id()).amount_refunded().amount_minor(), 500);
  EXPECT_EQ(Done(1, "don-0004", refund.id()).error().reason, Reason::kStateConflict);
}

TEST_F(Manual, ARefundThatWillNotHappenFreesItsMoney) {
  const auto intent = PaidTransfer("key-0008");
  const auto refund = ReadRefund(*Refund("ref-0001", intent.id()));
  EXPECT_EQ(Refund("ref-0002", intent.id(), 1).error().reason, Reason::kRefundExceedsCapture);
  EXPECT_TRUE(Done(0, "don-0001", refund.id(), true).ok());
  EXPECT_EQ(ReadRefund(*Done(1, "don-0002", refund.id(), true)).status(), v1::Refund::FAILED);
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_TRUE(Refund("ref-0003", intent.id()).ok());
}

TEST_F(Manual, ThePspsOwnRefundsNeedNobody) {
  const auto intent = Paid("key-0009");
  const auto refund = ReadRefund(*Refund("ref-0001", intent.id()));
  EXPECT_EQ(Done(0, "don-0001", refund.id()).error().reason, Reason::kPspUnsupported);
}

TEST_F(Manual, ReceivingAddressesComeFromTheSettings) {
  Set("receiving.crypto", "network: bitcoin, bc1q0000000000000000000000000000000000000000");
  const auto addresses = Run(ListReceivingAddresses(*deps, tenant));
  ASSERT_EQ(addresses.size(), 2u);
  EXPECT_EQ(addresses[0].kind, "bank");
  EXPECT_EQ(addresses[1].lines.size(), 2u);
}

}  // namespace
}  // namespace quittance::billing::test
