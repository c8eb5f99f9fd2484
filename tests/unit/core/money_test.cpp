// Money: exponents of ISO 4217, limits of amounts, and sums that refuse to overflow.
#include "common/core/money.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace quittance {
namespace {

Currency Of(std::string_view code) { return *Currency::Parse(code); }

TEST(Currency, ExponentsOfIso4217) {
  EXPECT_EQ(Of("EUR").exponent(), 2);
  EXPECT_EQ(Of("XOF").exponent(), 0);
  EXPECT_EQ(Of("XAF").exponent(), 0);
  EXPECT_EQ(Of("JPY").exponent(), 0);
  EXPECT_EQ(Of("KWD").exponent(), 3);
  EXPECT_EQ(Of("TND").exponent(), 3);
  EXPECT_EQ(Of("CLF").exponent(), 4);
}

TEST(Currency, RefusesWhatIsNoCurrency) {
  for (const char* code : {"", "EU", "EURO", "eur", "Eur", "XXX", "XTS", "XAU", "BTC", "E R", "EU\xC3"})
    EXPECT_FALSE(Currency::Parse(code)) << code;
  EXPECT_FALSE(Currency::Parse(std::string_view("EUR\0", 4)));
}

TEST(Money, APositiveAmountIsWithinItsLimits) {
  EXPECT_EQ(ParsePositiveMoney(1990, "EUR", "amount")->amount_minor, 1990);
  EXPECT_TRUE(ParsePositiveMoney(kAmountMinorMax, "XOF", "amount"));
  for (const std::int64_t amount : {std::int64_t{0}, std::int64_t{-1}, kAmountMinorMax + 1, std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<std::int64_t>::min()}) {
    const auto money = ParsePositiveMoney(amount, "EUR", "amount");
    ASSERT_FALSE(money) << amount;
    EXPECT_EQ(money.error().fields.front().field, "amount.amount_minor");
  }
  EXPECT_EQ(ParsePositiveMoney(1, "eur", "amount").error().fields.front().field, "amount.currency_code");
}

TEST(Money, FormatsByExponent) {
  EXPECT_EQ(FormatAmount({1990, Of("EUR")}), "19.90");
  EXPECT_EQ(FormatAmount({1990, Of("XOF")}), "1990");
  EXPECT_EQ(FormatAmount({1990, Of("KWD")}), "1.990");
  EXPECT_EQ(FormatAmount({5, Of("EUR")}), "0.05");
  EXPECT_EQ(FormatAmount({0, Of("EUR")}), "0.00");
  EXPECT_EQ(FormatAmount({-5, Of("EUR")}), "-0.05");
  EXPECT_EQ(FormatAmount({std::numeric_limits<std::int64_t>::min(), Of("EUR")}), "-92233720368547758.08");
}

TEST(Money, SumsNeverOverflowUnseen) {
  const auto max = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(CheckedAdd(max, 0), max);
  EXPECT_EQ(CheckedAdd(max, 1), std::nullopt);
  EXPECT_EQ(CheckedAdd(std::numeric_limits<std::int64_t>::min(), -1), std::nullopt);
}

RC_GTEST_PROP(Money, CheckedAddIsTheSumWhereThereIsOne, (std::int64_t a, std::int64_t b)) {
  const auto sum = CheckedAdd(a, b);
  __extension__ using Wide = __int128;
  const Wide exact = static_cast<Wide>(a) + b;
  const bool fits = exact >= std::numeric_limits<std::int64_t>::min() && exact <= std::numeric_limits<std::int64_t>::max();
  RC_ASSERT(sum.has_value() == fits);
  if (sum) RC_ASSERT(*sum == static_cast<std::int64_t>(exact));
}

}  // namespace
}  // namespace quittance
