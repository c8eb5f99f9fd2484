// Addresses of people: their rules and the normalized form they are looked up by.
// Invariant: what is accepted here can stand in a mail header as it is; two spellings of one address have one normalized form.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"

namespace quittance::auth {

inline constexpr std::size_t kEmailBytesMax = 254;
inline constexpr std::size_t kExternalIdCharactersMax = 128;

// Trimmed; local part and domain of RFC 5321 without quoting, ASCII only (an international domain comes as punycode).
Result<std::string> ParseEmail(std::string_view text, std::string_view field);

// The form that is unique in a tenant: lower case.
std::string NormalizedEmail(std::string_view email);

// E.164: a plus sign and 7 to 15 digits, the first of them not 0.
Result<std::string> ParsePhone(std::string_view text, std::string_view field);

// A backend's own id, kept as given.
Result<std::string> ParseExternalId(std::string_view text, std::string_view field);

}  // namespace quittance::auth
