// Comma-separated values as RFC 4180 says, safe to open in a spreadsheet. Invariant: no field of ours is ever run as a formula.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace quittance::billing {

// One field: quoted where it must be; what begins like a formula (= + - @, tab, carriage return) gets an apostrophe in front.
std::string CsvField(std::string_view value);
// A record with its CRLF.
std::string CsvRecord(std::span<const std::string> fields);

}  // namespace quittance::billing
