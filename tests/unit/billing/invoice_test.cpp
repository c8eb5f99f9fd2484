// Sums, rounding and moves of invoices.
#include <gtest/gtest.h>

#include "services/billing/domain/invoice.h"

namespace quittance::billing::test {
namespace {

const TimePoint kNow = FromUnixSeconds(1'790'000'000);

Result<Invoice> Make(std::vector<InvoiceLine> lines, const char* currency = "EUR") {
  return MakeInvoice(InvoiceId{}, TenantId{}, UserId{}, *Currency::Parse(currency), std::move(lines), "", std::nullopt, kNow);
}

InvoiceLine Line(std::int64_t quantity, std::int64_t unit, int rate) { return {"Conseil", quantity, unit, rate, 0, 0}; }

TEST(Invoice, TaxIsRoundedHalfUpOnEveryLine) {
  EXPECT_EQ(LineTax(4, 1000), 0);
  EXPECT_EQ(LineTax(5, 1000), 1);
  EXPECT_EQ(LineTax(1999, 2000), 400);
  EXPECT_EQ(LineTax(1990, 550), 109);  // 109.45
  // Three lines of 0.05 at 10 % are 3 cents of tax, one line of 0.15 is 2.
  EXPECT_EQ(Make({Line(1, 5, 1000), Line(1, 5, 1000), Line(1, 5, 1000)})->tax_minor, 3);
  EXPECT_EQ(Make({Line(3, 5, 1000)})->tax_minor, 2);
}

TEST(Invoice, TheTotalIsTheSumOfWhatIsPrinted) {
  const auto invoice = Make({Line(2, 1000, 2000), Line(1, 333, 550)});
  ASSERT_TRUE(invoice.ok());
  EXPECT_EQ(invoice->net_minor, 2333);
  EXPECT_EQ(invoice->tax_minor, 400 + 18);
  EXPECT_EQ(invoice->total.amount_minor, 2333 + 418);
}

TEST(Invoice, M06_CurrenciesWithoutDecimals) { EXPECT_EQ(Make({Line(1, 45'000, 0)}, "XOF")->total.amount_minor, 45'000); }

TEST(Invoice, M05_WhatIsTooLargeIsRefused) {
  EXPECT_EQ(Make({Line(1'000'000, kAmountMinorMax, 0)}).error().fields.at(0).field, "lines[0].unit_amount");
  EXPECT_EQ(Make({Line(1, kAmountMinorMax, 0), Line(1, 1, 0)}).error().fields.at(0).field, "lines");
  EXPECT_EQ(Make({Line(1, kAmountMinorMax, 1)}).error().fields.at(0).field, "lines");
  EXPECT_EQ(Make({Line(1, std::numeric_limits<std::int64_t>::max(), 0)}).error().fields.at(0).field, "lines[0].unit_amount");
}

TEST(Invoice, EveryRuleNamesItsLine) {
  EXPECT_EQ(Make({}).error().fields.at(0).field, "lines");
  EXPECT_EQ(Make({Line(0, 1, 0)}).error().fields.at(0).field, "lines[0].quantity");
  EXPECT_EQ(Make({Line(1, 1, 0), Line(1, 0, 0)}).error().fields.at(0).field, "lines[1].unit_amount");
  EXPECT_EQ(Make({Line(1, 1, 10'001)}).error().fields.at(0).field, "lines[0].tax_rate_basis_points");
  auto card = Line(1, 1, 0);
  card.description = "4242 4242 4242 4242";
  EXPECT_EQ(Make({card}).error().reason, Reason::kCardNumberRefused);
}

TEST(Invoice, M01_OnlyTheMovesOfTheTable) {
  int allowed = 0;
  for (const auto from : {InvoiceStatus::kOpen, InvoiceStatus::kPaid, InvoiceStatus::kVoid}) {
    for (const auto trigger : {InvoiceTrigger::kPay, InvoiceTrigger::kLosePayment, InvoiceTrigger::kVoid}) {
      const auto to = Move(from, trigger);
      allowed += to ? 1 : 0;
      if (from == InvoiceStatus::kVoid) EXPECT_FALSE(to);
    }
  }
  EXPECT_EQ(allowed, 3);
  EXPECT_EQ(Move(InvoiceStatus::kOpen, InvoiceTrigger::kPay), InvoiceStatus::kPaid);
  EXPECT_EQ(Move(InvoiceStatus::kOpen, InvoiceTrigger::kVoid), InvoiceStatus::kVoid);
  EXPECT_EQ(Move(InvoiceStatus::kPaid, InvoiceTrigger::kLosePayment), InvoiceStatus::kOpen);
  EXPECT_FALSE(Move(InvoiceStatus::kPaid, InvoiceTrigger::kVoid));
}

TEST(Invoice, NumbersAreReadable) {
  EXPECT_EQ(InvoiceNumber("F", 2026, 42), "F-2026-000042");
  EXPECT_EQ(InvoiceNumber("A", 2026, 1'234'567), "A-2026-1234567");
}

}  // namespace
}  // namespace quittance::billing::test
