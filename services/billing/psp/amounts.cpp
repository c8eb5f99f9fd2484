// The body of amounts.h; the invariant it keeps stands there.
#include "services/billing/psp/amounts.h"

#include <algorithm>
#include <charconv>

namespace quittance::billing::psp {
namespace {

constexpr std::size_t kDigitsMax = 18;

bool Digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string ToDecimal(std::int64_t minor, int exponent) {
  auto digits = std::to_string(minor);
  if (exponent == 0) return digits;
  const auto fraction = static_cast<std::size_t>(exponent);
  if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
  digits.insert(digits.size() - fraction, 1, '.');
  return digits;
}

std::optional<std::int64_t> FromDecimal(std::string_view text, int exponent) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  auto fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || !Digits(whole) || !Digits(fraction) || (point != std::string_view::npos && fraction.empty())) return std::nullopt;
  const auto places = static_cast<std::size_t>(exponent);
  while (fraction.size() > places && fraction.back() == '0') fraction.remove_suffix(1);
  if (fraction.size() > places || whole.size() + places > kDigitsMax) return std::nullopt;
  auto digits = std::string(whole) + std::string(fraction) + std::string(places - fraction.size(), '0');
  std::int64_t minor = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  return minor;
}

std::optional<std::int64_t> Rescale(std::int64_t minor, int from, int to) {
  for (; from < to; ++from) {
    if (minor > INT64_MAX / 10 || minor < INT64_MIN / 10) return std::nullopt;
    minor *= 10;
  }
  for (; from > to; --from) {
    if (minor % 10 != 0) return std::nullopt;
    minor /= 10;
  }
  return minor;
}

}  // namespace quittance::billing::psp
