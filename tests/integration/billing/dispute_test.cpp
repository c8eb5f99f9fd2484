// Disputes as rows, conflicted money settled by people, fraud warnings.
#include "services/billing/usecases/apply_psp_news.h"
#include "services/billing/usecases/settle_conflict.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

class Disputes : public BillingTest {
 protected:
  // As a PSP's adapter would have read it.
  void Tell(const Intent& intent, FactKind kind, const std::string& object, std::int64_t minor, std::int64_t at,
            const std::string& code = "") {
    PspNews news;
    news.connection = "hmac";
    news.about.psp_reference = intent.psp_reference();
    Statement statement;
    statement.fact.kind = kind;
    statement.fact.connection = "hmac";
    statement.fact.object = object;
    statement.fact.amount_minor = minor;
    statement.fact.currency = "EUR";
    statement.fact.psp_time = FromUnixSeconds(at);
    statement.fact.code = code;
    statement.fact.event_key = object + std::string(Name(kind)) + std::to_string(at);
    news.statements = {std::move(statement)};
    const TenantNews item{tenant, std::move(news), {"psp:hmac", ""}};
    app->TransactSync(db::Scope::Of(tenant), [&](db::Tx& tx) { ApplyPspNews(tx, *deps, std::span(&item, 1)); });
  }

  std::vector<Dispute> List(std::optional<DisputeStatus> status = std::nullopt) {
    return Run(ListDisputes(*deps, {backend, std::nullopt, std::nullopt, status, {50, std::nullopt}}))->disputes;
  }

  Result<db::Reply> Settle(const Caller& caller, const std::string& key, const std::string& id, Settlement settlement) {
    return Run(SettleConflict(*deps, {caller, {caller.subject, ""}, CallOf(caller, key), *PaymentId::Parse(id, "id"), settlement, ""}));
  }

  // Captured with another amount than was asked for.
  Intent Conflicted(const std::string& key, std::int64_t minor) {
    const auto intent = Created(key);
    Deliver(Event("ev_" + key, "payment.succeeded", intent, "", minor));
    EXPECT_EQ(Get(intent.id()).detail(), "conflicted");
    return intent;
  }
};

TEST_F(Disputes, ADisputeGoesThroughItsStages) {
  const auto intent = Paid("key-0001");
  Tell(intent, FactKind::kDisputeOpened, "dp_1", 1990, 100, "inquiry/fraudulent");
  ASSERT_EQ(List().size(), 1u);
  EXPECT_EQ(List()[0].stage, DisputeStage::kInquiry);
  EXPECT_EQ(List()[0].reason, "fraudulent");
  EXPECT_FALSE(List()[0].withheld);
  EXPECT_EQ(Events(intent.id()).back(), "PaymentDisputed");

  Tell(intent, FactKind::kDisputeWithdrawn, "dp_1", 1990, 110, "chargeback");
  EXPECT_TRUE(List()[0].withheld);
  EXPECT_EQ(Get(intent.id()).status(), Intent::REFUNDED);
  Tell(intent, FactKind::kDisputeReview, "dp_1", 1990, 120);
  EXPECT_EQ(List()[0].status, DisputeStatus::kUnderReview);
  const auto version = Get(intent.id()).version();
  Tell(intent, FactKind::kDisputeReview, "dp_1", 1990, 120);
  EXPECT_EQ(Get(intent.id()).version(), version);

  Tell(intent, FactKind::kDisputeWon, "dp_1", 1990, 130);
  EXPECT_EQ(List(DisputeStatus::kWon).size(), 1u);
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  Tell(intent, FactKind::kDisputeLost, "dp_1", 1990, 140, "pre_arbitration");
  EXPECT_EQ(List()[0].stage, DisputeStage::kPreArbitration);
  EXPECT_EQ(List()[0].reason, "fraudulent");
  EXPECT_EQ(Get(intent.id()).detail(), "dispute_lost");
  EXPECT_EQ(List().size(), 1u);
  EXPECT_EQ(Run(GetDispute(*deps, backend, List()[0].id))->status, DisputeStatus::kLost);
}

TEST_F(Disputes, W05_AnOlderWordChangesNothing) {
  const auto intent = Paid("key-0002");
  Tell(intent, FactKind::kDisputeLost, "dp_1", 1990, 200);
  Tell(intent, FactKind::kDisputeOpened, "dp_1", 1990, 100);
  EXPECT_EQ(List()[0].status, DisputeStatus::kLost);
  EXPECT_EQ(Get(intent.id()).detail(), "dispute_lost");
}

TEST_F(Disputes, SomebodyElsesDisputeIsNotThere) {
  const auto intent = Paid("key-0003");
  Tell(intent, FactKind::kDisputeOpened, "dp_1", 1990, 100);
  Caller stranger;
  stranger.kind = Caller::Kind::kUser;
  stranger.tenant = tenant;
  stranger.user = other_user;
  EXPECT_EQ(Run(GetDispute(*deps, stranger, List()[0].id)).error().code, Code::kPermissionDenied);
  auto elsewhere = backend;
  elsewhere.tenant = other_tenant;
  EXPECT_EQ(Run(GetDispute(*deps, elsewhere, List()[0].id)).error().code, Code::kNotFound);
}

TEST_F(Disputes, M03_ARefundAndADisputeTogetherTakeNoMoreThanTheCapture) {
  const auto intent = Paid("key-0004");
  Tell(intent, FactKind::kDisputeWithdrawn, "dp_1", 1990, 100);
  EXPECT_EQ(Refund("ref-0001", intent.id(), 1).error().reason, Reason::kRefundExceedsCapture);
}

TEST_F(Disputes, AFraudWarningIsToldAndMovesNothing) {
  const auto intent = Paid("key-0005");
  Tell(intent, FactKind::kFraudWarning, "issfr_1", 0, 100);
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_TRUE(Run(GetPaymentIntent(*deps, backend, *PaymentId::Parse(intent.id(), "id")))->fraud_warning);
  EXPECT_EQ(Events(intent.id()).back(), "PaymentUpdated");
}

TEST_F(Disputes, W07_ConflictedMoneyIsGivenBackByOnePerson) {
  const auto intent = Conflicted("key-0006", 2500);
  const auto reply = Settle(operators[0], "set-0001", intent.id(), Settlement::kRefund);
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(Count("refunds WHERE reason = 'conflicted' AND amount_minor = 2500"), 1);
  EXPECT_EQ(Settle(operators[0], "set-0002", intent.id(), Settlement::kRefund).error().reason, Reason::kStateConflict);
  EXPECT_EQ(Run(SendRefunds(*deps)), 1);
  EXPECT_EQ(Get(intent.id()).status(), Intent::REFUNDED);
  EXPECT_EQ(Settle(operators[0], "set-0003", intent.id(), Settlement::kAccept).error().reason, Reason::kStateConflict);
}

TEST_F(Disputes, W07_ConflictedMoneyIsAcceptedByTwoPersons) {
  const auto intent = Conflicted("key-0007", 1500);
  const auto first = Settle(operators[0], "set-0001", intent.id(), Settlement::kAccept);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(Read(*first).awaits_second_person());
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
  EXPECT_EQ(Settle(operators[0], "set-0002", intent.id(), Settlement::kAccept).error().code, Code::kPermissionDenied);
  const auto second = Settle(operators[1], "set-0003", intent.id(), Settlement::kAccept);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(Read(*second).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Events(intent.id()).back(), "PaymentSucceeded");
  EXPECT_EQ(Count("approvals"), 0);
  EXPECT_EQ(Count("audit_log WHERE action = 'ProposeSettleConflict' AND actor = 'usr_first'"), 1);
  EXPECT_EQ(Count("audit_log WHERE action = 'SettleConflict' AND actor = 'usr_second'"), 1);
}

TEST_F(Disputes, W07_TooMuchMoneyIsAcceptedAndTheSurplusGoesBack) {
  const auto intent = Conflicted("key-0008", 2500);
  EXPECT_TRUE(Settle(operators[0], "set-0001", intent.id(), Settlement::kAccept).ok());
  EXPECT_TRUE(Settle(operators[1], "set-0002", intent.id(), Settlement::kAccept).ok());
  EXPECT_EQ(Count("refunds WHERE reason = 'surplus' AND amount_minor = 510"), 1);
  EXPECT_EQ(Run(SendRefunds(*deps)), 1);
  EXPECT_EQ(Get(intent.id()).detail(), "settled");
}

TEST_F(Disputes, WhatIsNotConflictedCannotBeSettled) {
  const auto intent = Paid("key-0009");
  EXPECT_EQ(Settle(operators[0], "set-0001", intent.id(), Settlement::kRefund).error().reason, Reason::kStateConflict);
  EXPECT_EQ(Settle(operators[0], "set-0002", "pay_0123456789abcdef0123456789abcdef", Settlement::kRefund).error().reason,
            Reason::kNotFound);
}

}  // namespace
}  // namespace quittance::billing::test
