// Rules of passwords and of the parameters in a stored hash. Passwords are taken exactly as sent: no trimming, no Unicode normalization.
// Invariant: nothing longer than the limits reaches the hash function, and no stored row can make it take more memory or time than allowed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/core/result.h"

namespace quittance::auth {

inline constexpr std::size_t kPasswordCharactersMin = 8;
inline constexpr std::size_t kPasswordCharactersMax = 128;

// A password that somebody chooses: 8 to 128 characters, not a common one, not the address itself (`email` may be empty).
Result<void> CheckNewPassword(std::string_view password, std::string_view email, std::string_view field);

// A password that somebody presents: too long is refused before it is hashed; everything else is for the hash to say.
Result<void> CheckPresentedPassword(std::string_view password, std::string_view field);

// common_passwords.cpp
bool IsCommonPassword(std::string_view password);

// What an argon2id hash costs.
struct HashCost {
  std::uint32_t memory_kib;
  std::uint32_t passes;
  std::uint32_t lanes;
  bool operator==(const HashCost&) const = default;
};

inline constexpr HashCost kHashCost{19 * 1024, 2, 1};  // unless configured higher
inline constexpr HashCost kHashCostMax{128 * 1024, 10, 4};

// The cost in `$argon2id$v=19$m=…,t=…,p=…$salt$hash`; nullopt for another algorithm, another shape, or more than kHashCostMax.
std::optional<HashCost> ReadHashCost(std::string_view encoded);

// Made with other parameters than today's: hash anew at the next successful login.
bool NeedsRehash(std::string_view encoded, const HashCost& today = kHashCost);

}  // namespace quittance::auth
