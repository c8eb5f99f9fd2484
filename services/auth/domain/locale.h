// Languages and time zones that a tenant or a person may have.
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"

namespace quittance::auth {

// `fr` or `en`; empty becomes `fallback`.
Result<std::string> ParseLocale(std::string_view text, std::string_view fallback, std::string_view field);

// An IANA name; empty becomes UTC.
Result<std::string> ParseTimeZone(std::string_view text, std::string_view field);

bool IsTimeZone(std::string_view name);

}  // namespace quittance::auth
