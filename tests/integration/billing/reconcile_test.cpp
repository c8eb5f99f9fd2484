// Reconciliation against PostgreSQL: both directions, what heals, what needs a person.
#include "services/billing/usecases/reconcile.h"
#include "services/billing/store/reconciliation.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

class Reconciliation : public BillingTest {
 protected:
  ReconciliationRun Look(const std::string& connection = "hmac") {
    clock.Advance(std::chrono::seconds(1));
    const TimePoint now = clock.Now();
    const auto run = Run(Reconcile(*deps, {tenant, connection, now - kHourlyLook, now + std::chrono::hours(1), {"test", ""}}));
    EXPECT_TRUE(run.ok());
    return *run;
  }
  std::vector<Discrepancy> Open() {
    return Run(ListDiscrepancies(*deps, {backend, "", DiscrepancyState::kOpen, {50, std::nullopt}}))->discrepancies;
  }
};

TEST_F(Reconciliation, ALostWebhookIsHealed) {
  auto other = CreateCommand("key-0002");
  other.user = other_user;
  const auto lost = Created("key-0001");
  const auto unpaid = Read(*Create(other));
  hmac->Pay(lost.psp_reference(), 1990);
  const auto run = Look();
  EXPECT_TRUE(run.complete);
  EXPECT_EQ(run.listed, 2);
  EXPECT_EQ(run.healed, 1);
  EXPECT_EQ(run.open, 0);
  EXPECT_EQ(Get(lost.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Get(unpaid.id()).status(), Intent::PENDING);
  EXPECT_EQ(Look().healed, 0);
  EXPECT_EQ(Deliver(Event("ev_1", "payment.succeeded", lost)), 200);
  EXPECT_EQ(Count("refunds"), 0);
}

TEST_F(Reconciliation, MoneyThatIsNotOursIsListedOnceAndResolvedByAPerson) {
  hmac->PayElsewhere("hmac_stranger", 700);
  EXPECT_EQ(Look().open, 1);
  EXPECT_EQ(Look().open, 1);
  ASSERT_EQ(Open().size(), 1u);
  EXPECT_EQ(Open()[0].kind, DiscrepancyKind::kUnknownHere);
  EXPECT_EQ(Open()[0].amount_minor, 700);
  const auto resolve = [&](const std::string& key) {
    return Run(ResolveDiscrepancy(*deps, {backend, {backend.subject, ""}, Call(key), Open()[0].id, "another shop's"}));
  };
  const auto id = Open()[0].id;
  EXPECT_TRUE(resolve("res-0001").ok());
  EXPECT_TRUE(Open().empty());
  EXPECT_EQ(Look().open, 0);
  EXPECT_EQ(Run(ResolveDiscrepancy(*deps, {backend, {backend.subject, ""}, Call("res-0002"), id, "again"})).error().reason,
            Reason::kStateConflict);
}

TEST_F(Reconciliation, WhatThePspDoesNotKnowIsListedAndHealsWhenItDoes) {
  const auto intent = Paid("key-0001");
  EXPECT_EQ(Look().open, 0);
  hmac->Lose(intent.psp_reference());
  EXPECT_EQ(Look().open, 1);
  EXPECT_EQ(Open()[0].kind, DiscrepancyKind::kMissingAtPsp);
  EXPECT_EQ(Open()[0].payment->ToString(), intent.id());
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  hmac->Pay(intent.psp_reference(), 1990);
  EXPECT_EQ(Look().open, 0);
  EXPECT_EQ(Count("discrepancies WHERE state = 'HEALED'"), 1);
}

TEST_F(Reconciliation, W07_AnotherAmountIsConflictedAndListed) {
  const auto intent = Created("key-0001");
  hmac->Pay(intent.psp_reference(), 1000);
  EXPECT_EQ(Look().open, 1);
  EXPECT_EQ(Get(intent.id()).detail(), "conflicted");
  EXPECT_EQ(Open()[0].kind, DiscrepancyKind::kConflicted);
}

TEST_F(Reconciliation, APspThatListsNothingIsAskedAboutWhatWeHold) {
  const auto intent = Paid("key-0001");
  hmac->Lists(false, 2);
  EXPECT_TRUE(Look().complete);
  EXPECT_EQ(hmac->Calls("query").size(), 1u);
  hmac->Lose(intent.psp_reference());
  EXPECT_EQ(Look().open, 1);
}

TEST_F(Reconciliation, I06_AListThatBreaksOffSaysSoAndAccusesNobody) {
  Paid("key-0001");
  auto other = CreateCommand("key-0002");
  other.user = other_user;
  EXPECT_TRUE(Create(other).ok());
  hmac->Lists(true, 1);
  hmac->Script({FakePsp::Next::kFine, FakePsp::Next::kTimeout});
  const auto run = Look();
  EXPECT_FALSE(run.complete);
  EXPECT_EQ(run.open, 0);
}

TEST_F(Reconciliation, EveryConnectionIsDueEachHour) {
  const auto lost = Created("key-0001");
  hmac->Pay(lost.psp_reference(), 1990);
  EXPECT_GT(Run(ReconcileDue(*deps)), 0);
  EXPECT_EQ(Get(lost.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Run(ReconcileDue(*deps)), 0);
  app->TransactSync(db::Scope::Of(tenant), [](db::Tx& tx) { tx.Exec("UPDATE reconciliation_schedule SET lease_until = '-infinity'"); });
  clock.Advance(std::chrono::hours(1));
  EXPECT_GT(Run(ReconcileDue(*deps)), 0);
  EXPECT_GE(Count("reconciliation_runs WHERE connection = 'hmac'"), 2);
}

TEST_F(Reconciliation, ALookThatDiedHalfWayIsTakenAgainWhenItsLeaseIsOver) {
  const auto lost = Created("key-0001");
  hmac->Pay(lost.psp_reference(), 1990);
  system->TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    store::SyncSchedule(tx, clock.Now());
    EXPECT_FALSE(store::ClaimConnections(tx, clock.Now(), std::chrono::seconds(900), 100).empty());
  });
  EXPECT_EQ(Run(ReconcileDue(*deps)), 0);
  system->TransactSync(db::Scope::System(), [](db::Tx& tx) { tx.Exec("UPDATE reconciliation_schedule SET lease_until = '-infinity'"); });
  EXPECT_GT(Run(ReconcileDue(*deps)), 0);
  EXPECT_EQ(Get(lost.id()).status(), Intent::SUCCEEDED);
}

}  // namespace
}  // namespace quittance::billing::test
