// ISO 4217 (list one: codes with a minor unit) and sums that cannot overflow unseen.
#include "common/core/money.h"

#include <algorithm>
#include <array>

namespace quittance {

namespace {

// By exponent, each list sorted. Metals, test codes and funds without a minor unit are no money here.
constexpr std::string_view kExponent0[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                           "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view kExponent2[] = {
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND", "BOB", "BOV",
    "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY", "COP", "COU", "CRC", "CUP", "CVE", "CZK",
    "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL",
    "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL",
    "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO",
    "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK",
    "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS",
    "UAH", "USD", "USN", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG"};
constexpr std::string_view kExponent3[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::string_view kExponent4[] = {"CLF", "UYW"};

static_assert(std::is_sorted(std::begin(kExponent0), std::end(kExponent0)) &&
              std::is_sorted(std::begin(kExponent2), std::end(kExponent2)) &&
              std::is_sorted(std::begin(kExponent3), std::end(kExponent3)) && std::is_sorted(std::begin(kExponent4), std::end(kExponent4)));

template <std::size_t N>
bool Has(const std::string_view (&list)[N], std::string_view code) {
  return std::binary_search(std::begin(list), std::end(list), code);
}

}  // namespace

Currency::Currency(std::string_view code, int exponent) : exponent_(static_cast<std::int8_t>(exponent)) {
  std::copy_n(code.begin(), 3, code_);
}

std::optional<Currency> Currency::Parse(std::string_view code) {
  if (Has(kExponent2, code)) return Currency(code, 2);
  if (Has(kExponent0, code)) return Currency(code, 0);
  if (Has(kExponent3, code)) return Currency(code, 3);
  if (Has(kExponent4, code)) return Currency(code, 4);
  return std::nullopt;
}

Result<Money> ParsePositiveMoney(std::int64_t amount_minor, std::string_view currency_code, std::string_view field) {
  const auto currency = Currency::Parse(currency_code);
  if (!currency) return InvalidField(std::string(field) + ".currency_code", "must be an upper case ISO 4217 code");
  if (amount_minor < 1 || amount_minor > kAmountMinorMax) {
    return InvalidField(std::string(field) + ".amount_minor", "must be 1 to " + std::to_string(kAmountMinorMax) + " minor units");
  }
  return Money{amount_minor, *currency};
}

std::optional<std::int64_t> CheckedAdd(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::string FormatAmount(const Money& money) {
  const bool negative = money.amount_minor < 0;
  // The magnitude of the smallest int64 has no int64.
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(money.amount_minor) : static_cast<std::uint64_t>(money.amount_minor);
  std::string digits = std::to_string(magnitude);
  const auto exponent = static_cast<std::size_t>(money.currency.exponent());
  if (exponent > 0) {
    if (digits.size() <= exponent) digits.insert(0, exponent + 1 - digits.size(), '0');
    digits.insert(digits.size() - exponent, ".");
  }
  return negative ? "-" + digits : digits;
}

}  // namespace quittance
