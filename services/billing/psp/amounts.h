// Amounts as PSPs write them: decimals as text, other exponents than ISO's. Invariant: integers only; what does not fit exactly is nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::billing::psp {

// "19.90" for 1990 with exponent 2, "1990" with exponent 0. Not negative.
std::string ToDecimal(std::int64_t minor, int exponent);
// The reverse, strict: digits, then a point and digits if there is a fraction; zeros beyond the exponent are allowed, other digits not.
std::optional<std::int64_t> FromDecimal(std::string_view text, int exponent);
// From one exponent to another; nullopt when a digit would be lost or it overflows.
std::optional<std::int64_t> Rescale(std::int64_t minor, int from, int to);

}  // namespace quittance::billing::psp
