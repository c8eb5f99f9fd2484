// Rules of passwords. Characters are code points; the limit in bytes follows from it (4 each).
#include "services/auth/domain/password.h"

#include <charconv>

#include "common/core/text.h"
#include "services/auth/domain/contact.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kSaltBytesMin = 8;
constexpr std::size_t kEncodedPartMax = 128;

std::size_t CodePoints(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

bool Take(std::string_view& text, std::string_view part) {
  if (!text.starts_with(part)) return false;
  text.remove_prefix(part.size());
  return true;
}

// Decimal digits without sign or leading zero.
std::optional<std::uint32_t> TakeNumber(std::string_view& text) {
  std::uint32_t number = 0;
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

Result<void> CheckPresentedPassword(std::string_view password, std::string_view field) {
  if (!password.empty() && password.size() <= 4 * kPasswordCharactersMax && IsValidUtf8(password) &&
      CodePoints(password) <= kPasswordCharactersMax) {
    return {};
  }
  return InvalidField(std::string(field), "must be 1 to 128 characters");
}

Result<void> CheckNewPassword(std::string_view password, std::string_view email, std::string_view field) {
  const bool sized = password.size() <= 4 * kPasswordCharactersMax && IsValidUtf8(password) &&
                     CodePoints(password) >= kPasswordCharactersMin && CodePoints(password) <= kPasswordCharactersMax;
  if (!sized) return InvalidField(std::string(field), "must be 8 to 128 characters");
  if (IsCommonPassword(password)) return InvalidField(std::string(field), "must not be one of the commonest passwords");
  if (!email.empty() && NormalizedEmail(password) == NormalizedEmail(email))
    return InvalidField(std::string(field), "must not be the address");
  return {};
}

std::optional<HashCost> ReadHashCost(std::string_view encoded) {
  if (!Take(encoded, "$argon2id$v=19$m=")) return std::nullopt;
  const auto memory = TakeNumber(encoded);
  if (!memory || !Take(encoded, ",t=")) return std::nullopt;
  const auto passes = TakeNumber(encoded);
  if (!passes || !Take(encoded, ",p=")) return std::nullopt;
  const auto lanes = TakeNumber(encoded);
  if (!lanes || !Take(encoded, "$")) return std::nullopt;
  const std::size_t salt = encoded.find('$');
  if (salt == std::string_view::npos || salt < kSaltBytesMin || encoded.size() > kEncodedPartMax) return std::nullopt;
  const HashCost cost{*memory, *passes, *lanes};
  if (cost.memory_kib > kHashCostMax.memory_kib || cost.passes > kHashCostMax.passes || cost.lanes > kHashCostMax.lanes)
    return std::nullopt;
  return cost;
}

bool NeedsRehash(std::string_view encoded, const HashCost& today) { return ReadHashCost(encoded) != today; }

}  // namespace quittance::auth
