// The strict reader: nlohmann's SAX parser under limits. Numbers that do not fit are kept as floating point and so never read as amounts.
#include "services/billing/psp/json.h"

#include <algorithm>
#include <set>
#include <vector>

#include "common/core/text.h"

namespace quittance::billing::psp {

std::optional<Json> ParseJson(const std::string& text) {
  if (text.starts_with("\xEF\xBB\xBF") || !IsValidUtf8(text)) return std::nullopt;
  std::vector<std::set<std::string>> keys;
  bool strict = true;
  // Depth and duplicate keys are refused by the callback; a refusal stops nothing by itself, so it is remembered.
  const Json::parser_callback_t watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kJsonDepthMax) strict = false;
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
    if (event == Json::parse_event_t::key && (keys.empty() || !keys.back().insert(parsed.get<std::string>()).second)) strict = false;
    return strict;
  };
  // Depth is bounded before the parser's own recursion-free stack grows: a cheap scan outside strings.
  int depth = 0;
  bool in_string = false, escaped = false;
  for (const char c : text) {
    if (in_string) {
      in_string = escaped || c != '"';
      escaped = !escaped && c == '\\';
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kJsonDepthMax) return std::nullopt;
  }
  auto json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (!strict || json.is_discarded()) return std::nullopt;
  return json;
}

std::string TextAt(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return "";
  auto text = found->get<std::string>();
  const bool control = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return control || text.size() > kTextMax ? "" : text;
}

std::optional<std::int64_t> IntegerAt(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  return found->get<std::int64_t>();
}

const Json& ObjectAt(const Json& object, const char* key) {
  static const Json kEmpty = Json::object();
  if (!object.is_object()) return kEmpty;
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : kEmpty;
}

const Json& ItemsAt(const Json& object, const char* key) {
  static const Json kEmpty = Json::array();
  if (!object.is_object()) return kEmpty;
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : kEmpty;
}

const Json& FirstAt(const Json& object, const char* key) {
  static const Json kEmpty = Json::object();
  const auto& items = ItemsAt(object, key);
  return !items.empty() && items.front().is_object() ? items.front() : kEmpty;
}

}  // namespace quittance::billing::psp
