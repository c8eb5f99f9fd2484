// The rest of the port, for each PSP that has it: lists for reconciliation and payment methods that are deleted.
#include "services/billing/usecases/apply_psp_news.h"
#include "services/billing/usecases/connections.h"
#include "tests/integration/psp/world.h"

namespace quittance::billing::test {
namespace {

class PspPort : public PspTest {
 protected:
  Chosen Open() {
    auto chosen = Run(ConnectionOf(*deps, tenant, provider()));
    EXPECT_TRUE(chosen.ok());
    return *chosen;
  }
};
INSTANTIATE_TEST_SUITE_P(Every, PspPort, ::testing::ValuesIn(Cases()), CaseName);

TEST_P(PspPort, ListsWhatItHasAndSaysSoWhereItCannot) {
  const auto intent = Created("key-0001");
  Pay(intent, "succeed");
  Settles(intent.id(), Intent::SUCCEEDED);
  const auto chosen = Open();
  psp::ListCall call;
  call.since = clock.Now() - Duration(std::chrono::hours(1));
  call.until = clock.Now() + Duration(std::chrono::hours(1));
  const auto listing = Run(chosen.psp->List(chosen.connection, call));
  EXPECT_EQ(listing.known, chosen.psp->capabilities().lists);
  if (!listing.known) return;
  ASSERT_EQ(listing.payments.size(), 1u);
  EXPECT_EQ(listing.payments[0].about.payment->ToString(), intent.id());
  EXPECT_EQ(listing.payments[0].statements.at(0).fact.kind, FactKind::kCaptured);
  EXPECT_EQ(listing.payments[0].statements[0].fact.amount_minor, 1990);
  EXPECT_TRUE(listing.next_page.empty());
  // What is listed heals nothing that is known: the same capture stays one.
  const TenantNews item{tenant, listing.payments[0], {"test", ""}};
  app->TransactSync(db::Scope::Of(tenant), [&](db::Tx& tx) { ApplyPspNews(tx, *deps, std::span(&item, 1)); });
  EXPECT_EQ(Get(intent.id()).amount_captured().amount_minor(), 1990);
  EXPECT_EQ(Get(intent.id()).detail(), "settled");
}

TEST_P(PspPort, AnOutageIsNoEmptyList) {
  const auto chosen = Open();
  if (!chosen.psp->capabilities().lists) return;
  Fault("500", 5, provider() == "paypal" ? "reporting" : "payment");
  psp::ListCall call;
  call.since = clock.Now() - Duration(std::chrono::hours(1));
  call.until = clock.Now();
  EXPECT_FALSE(Run(chosen.psp->List(chosen.connection, call)).known);
}

TEST_P(PspPort, AGoneMethodIsGone) {
  const auto chosen = Open();
  const auto expected = chosen.psp->capabilities().deletes_methods ? psp::Deleted::kGone : psp::Deleted::kUnsupported;
  EXPECT_EQ(Run(chosen.psp->DeletePaymentMethod(chosen.connection, {"delete:pm_1", "unknown", "usr_1"})), expected);
  if (expected == psp::Deleted::kUnsupported) return;
  Fault("reset", 5, provider() == "paypal" ? "vault" : "ethods");
  EXPECT_EQ(Run(chosen.psp->DeletePaymentMethod(chosen.connection, {"delete:pm_2", "unknown", "usr_1"})), psp::Deleted::kUnknown);
}

}  // namespace
}  // namespace quittance::billing::test
