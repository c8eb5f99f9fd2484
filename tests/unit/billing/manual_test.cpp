// Manual transfer: instructions only, and never money.
#include <gtest/gtest.h>

#include "services/billing/psp/manual/manual.h"

namespace quittance::billing::psp::test {
namespace {

TEST(Manual, GivesInstructionsAndAReference) {
  const manual::Manual psp;
  Connection connection;
  connection.name = "manual";
  EXPECT_EQ(psp.Ready(connection).error().reason, Reason::kPspNotConfigured);
  connection.receiving_lines = {"IBAN FR76"};
  ASSERT_TRUE(psp.Ready(connection).ok());
  const CreateCall call{"", {}, AttemptId{*Uuid::Parse("0123456789abcdef0123456789abcdef")}, {1990, *Currency::Parse("EUR")}, ""};
  const auto news = psp.Instructions(connection, call);
  EXPECT_EQ(news.next_action->transfer_reference, "QT-456789ABCDEF");
  EXPECT_EQ(news.about.psp_reference, news.next_action->transfer_reference);
  EXPECT_EQ(news.statements.at(0).fact.kind, FactKind::kRequiresAction);
  EXPECT_TRUE(psp.pure());
  EXPECT_FALSE(psp.can_refund());
  EXPECT_EQ(psp.Verify(connection, {}, {}), Rejection::kNoSecret);
}

}  // namespace
}  // namespace quittance::billing::psp::test
