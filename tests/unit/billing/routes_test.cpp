// Routing of intents by currency, amount and country.
#include <gtest/gtest.h>

#include "services/billing/psp/routes.h"

namespace quittance::billing::psp::test {
namespace {

using Names = std::vector<std::string>;

Wanted Of(std::int64_t minor, const char* currency, const std::string& country = "") {
  return {Money{minor, *Currency::Parse(currency)}, country};
}

TEST(Routes, TheFirstRuleThatFitsDecides) {
  const auto routes = ParseRoutes(
      "cinetpay: currency=XOF XAF\n"
      "adyen, stripe: currency=EUR; country=FR BE; min=1000; max=50000\n"
      "\n"
      "stripe, paypal");
  ASSERT_TRUE(routes);
  EXPECT_EQ(ConnectionsFor(*routes, Of(1000, "XOF")), (Names{"cinetpay"}));
  EXPECT_EQ(ConnectionsFor(*routes, Of(1000, "EUR", "FR")), (Names{"adyen", "stripe"}));
  EXPECT_EQ(ConnectionsFor(*routes, Of(50000, "EUR", "BE")), (Names{"adyen", "stripe"}));
  EXPECT_EQ(ConnectionsFor(*routes, Of(999, "EUR", "FR")), (Names{"stripe", "paypal"}));
  EXPECT_EQ(ConnectionsFor(*routes, Of(50001, "EUR", "FR")), (Names{"stripe", "paypal"}));
  EXPECT_EQ(ConnectionsFor(*routes, Of(1000, "EUR", "DE")), (Names{"stripe", "paypal"}));
  EXPECT_EQ(ConnectionsFor(*routes, Of(1000, "EUR")), (Names{"stripe", "paypal"}));
}

// What is not known fits no condition about it.
TEST(Routes, AnUnknownAmountFitsNoAmount) {
  const auto routes = ParseRoutes("adyen: min=0\nstripe: country=FR");
  EXPECT_TRUE(ConnectionsFor(*routes, {}).empty());
  EXPECT_EQ(ConnectionsFor(*routes, {std::nullopt, "FR"}), (Names{"stripe"}));
}

TEST(Routes, WhatCannotBeReadIsRefusedWhole) {
  for (const auto* bad :
       {"a", "adyen, adyen", "adyen: currency=eur", "adyen: currency=", "adyen: country=FRA", "adyen: min=-1", "adyen: min=1 2",
        "adyen: max=ten", "adyen: min=2; max=1", "adyen: weight=3", ": currency=EUR", "Adyen", "aa, bb, cc, dd, ee, ff"}) {
    EXPECT_FALSE(ParseRoutes(bad)) << bad;
  }
  EXPECT_TRUE(ParseRoutes("adyen: "));
  EXPECT_TRUE(ParseRoutes("")->empty());
}

}  // namespace
}  // namespace quittance::billing::psp::test
