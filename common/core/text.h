// Rules for text that comes from outside. Each returns the refusal that names field and rule; none echoes the value.
#pragma once

#include <string_view>

#include "common/core/result.h"

namespace quittance {

// Valid UTF-8 without NUL and other control characters (line feeds allowed when `multiline`), min..max code points.
Result<void> CheckText(std::string_view text, std::string_view field, std::size_t min, std::size_t max, bool multiline = false);

// Lower case letters, digits and dashes, begins with a letter, min..max.
Result<void> CheckCode(std::string_view text, std::string_view field, std::size_t min, std::size_t max);

// The idempotency key: 8 to 255 printable ASCII characters.
Result<void> CheckRequestId(std::string_view text);

// An http(s) origin's parts of an absolute URL: "https://shop.example" of "https://shop.example/back?x=1"; nullopt for anything else.
std::optional<std::string> UrlOrigin(std::string_view url);

// Looks like a card number: 13 to 19 digits (blanks and dashes skipped), known prefix and length, Luhn.
bool LooksLikeCardNumber(std::string_view text);
Error CardNumberRefused(std::string field);

bool IsValidUtf8(std::string_view text);

// Holds CR, LF or NUL: whoever can put one into a header writes headers of their own.
bool BreaksLine(std::string_view text);

}  // namespace quittance
