// Money: integer minor units and an ISO 4217 code. Invariant: never a floating point number, never two currencies in one sum, never a
// silent overflow.
#pragma once

#include <cstdint>
#include <optional>

#include "common/core/result.h"

namespace quittance {

class Currency {
 public:
  // Upper case ISO 4217 alphabetic code that is in the table; nullopt otherwise.
  static std::optional<Currency> Parse(std::string_view code);

  std::string_view code() const { return {code_, 3}; }
  int exponent() const { return exponent_; }  // XOF 0, EUR 2, KWD 3
  bool operator==(const Currency& other) const { return code() == other.code(); }

 private:
  Currency(std::string_view code, int exponent);
  char code_[3];
  std::int8_t exponent_;
};

struct Money {
  std::int64_t amount_minor;
  Currency currency;

  bool operator==(const Money&) const = default;
};

// 10^15 minor units: far above any payment, far below overflow of the sums we make.
inline constexpr std::int64_t kAmountMinorMax = 1'000'000'000'000'000;

// A caller's amount: a known currency and 1 .. kAmountMinorMax.
Result<Money> ParsePositiveMoney(std::int64_t amount_minor, std::string_view currency_code, std::string_view field);

// nullopt on overflow.
std::optional<std::int64_t> CheckedAdd(std::int64_t a, std::int64_t b);

// "19.90" for 1990 EUR, "1990" for 1990 XOF: decimal point, no grouping, no code.
std::string FormatAmount(const Money& money);

}  // namespace quittance
