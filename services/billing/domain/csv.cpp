// Quoting of fields.
#include "services/billing/domain/csv.h"

namespace quittance::billing {

std::string CsvField(std::string_view value) {
  constexpr std::string_view kFormula = "=+-@\t\r";
  std::string text;
  if (!value.empty() && kFormula.find(value.front()) != std::string_view::npos) text = "'";
  text += value;
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string CsvRecord(std::span<const std::string> fields) {
  std::string record;
  for (std::size_t i = 0; i < fields.size(); ++i) record += (i == 0 ? "" : ",") + CsvField(fields[i]);
  return record + "\r\n";
}

}  // namespace quittance::billing
