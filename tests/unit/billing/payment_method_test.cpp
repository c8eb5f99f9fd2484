// What may be kept of a payer's way to pay.
#include <gtest/gtest.h>

#include "services/billing/domain/payment_method.h"

namespace quittance::billing::test {
namespace {

PaymentMethod Card() {
  PaymentMethod method;
  method.kind = "card";
  method.brand = "visa";
  method.last_four = "4242";
  method.expiry = Expiry{2027, 2};
  return method;
}

TEST(PaymentMethod, ATokenAndItsWordsAreTaken) {
  EXPECT_TRUE(CheckMethod("pm_1MqLiJLkdIwHu7ixUEgbFdYF", Card()).ok());
  EXPECT_TRUE(CheckMethod("8415a1", PaymentMethod()).ok());
}

TEST(PaymentMethod, CardDataIsRefusedInEveryField) {
  for (const char* number : {"4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "5555555555554444", "378282246310005"}) {
    EXPECT_EQ(CheckMethod(number, Card()).error().reason, Reason::kCardNumberRefused) << number;
    auto brand = Card();
    brand.brand = number;
    EXPECT_EQ(CheckMethod("pm_1", brand).error().reason, Reason::kCardNumberRefused) << number;
    auto kind = Card();
    kind.kind = number;
    EXPECT_EQ(CheckMethod("pm_1", kind).error().reason, Reason::kCardNumberRefused) << number;
    auto four = Card();
    four.last_four = number;
    EXPECT_EQ(CheckMethod("pm_1", four).error().reason, Reason::kCardNumberRefused) << number;
  }
  EXPECT_EQ(CheckMethod("123456789012", Card()).error().reason, Reason::kCardNumberRefused);
}

TEST(PaymentMethod, EveryRuleNamesItsField) {
  const auto field = [](const PaymentMethod& method, const char* token = "pm_1") {
    return CheckMethod(token, method).error().fields.at(0).field;
  };
  EXPECT_EQ(field(Card(), ""), "token");
  EXPECT_EQ(field(Card(), "pm 1"), "token");
  auto four = Card();
  four.last_four = "42a2";
  EXPECT_EQ(field(four), "last_four");
  auto month = Card();
  month.expiry = Expiry{2027, 13};
  EXPECT_EQ(field(month), "expiry_month");
  auto year = Card();
  year.expiry = Expiry{27, 1};
  EXPECT_EQ(field(year), "expiry_year");
}

TEST(PaymentMethod, AMonthEndsWithItsLastDay) {
  const auto at = [](const char* time) { return IsExpired(Card(), *ParseRfc3339(time)); };
  EXPECT_FALSE(at("2027-02-28T23:59:59Z"));
  EXPECT_TRUE(at("2027-03-01T00:00:00Z"));
  EXPECT_FALSE(IsExpired(PaymentMethod(), *ParseRfc3339("2099-01-01T00:00:00Z")));
}

}  // namespace
}  // namespace quittance::billing::test
