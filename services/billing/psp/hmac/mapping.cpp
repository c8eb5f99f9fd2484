// The body of mapping.h; the invariant it keeps stands there.
#include "services/billing/psp/hmac/mapping.h"

#include <algorithm>
#include <array>

#include "services/billing/psp/amounts.h"
#include "services/billing/psp/json.h"

namespace quittance::billing::psp::hmac {
namespace {

constexpr std::array<std::string_view, 14> kOurs = {"id",         "type",     "reference", "payment_id", "amount_minor",
                                                    "amount",     "currency", "created",   "refund_id",  "refund_reference",
                                                    "dispute_id", "status",   "reason",    "code"};
constexpr std::size_t kEntriesMax = 64;
constexpr std::size_t kPathMembersMax = 8;

std::string Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

std::optional<Json> AtPath(const Json& json, std::string_view path) {
  const Json* at = &json;
  for (std::size_t member = 0; !path.empty(); ++member) {
    const auto dot = std::min(path.find('.'), path.size());
    const std::string name(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (!at->is_object() || member >= kPathMembersMax) return std::nullopt;
    const auto found = at->find(name);
    if (found == at->end()) return std::nullopt;
    at = &*found;
  }
  return *at;
}

std::optional<std::int64_t> Number(const Json& value) {
  if (value.is_number_integer())
    return value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX ? std::nullopt : std::optional(value.get<std::int64_t>());
  return value.is_string() ? FromDecimal(value.get<std::string>(), 0) : std::nullopt;
}

// Numbers and texts change places where ours is the other.
Json Ours(std::string_view name, const Json& value) {
  if (name == "amount_minor") {
    const auto number = Number(value);
    return number ? Json(*number) : Json();
  }
  if (name == "created") {
    if (const auto number = Number(value)) return *number;
    const auto time = value.is_string() ? ParseRfc3339(value.get<std::string>()) : std::nullopt;
    return time ? Json(UnixSeconds(*time)) : Json();
  }
  if (name != "amount" && value.is_number_integer()) return value.dump();
  return value;
}

}  // namespace

std::optional<std::vector<std::pair<std::string, std::string>>> ParseMap(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> entries;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(",\n"), text.size());
    const auto entry = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (entry.empty()) continue;
    const auto equals = entry.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == entry.size() || entries.size() == kEntriesMax) return std::nullopt;
    entries.emplace_back(Trim(entry.substr(0, equals)), Trim(entry.substr(equals + 1)));
  }
  return entries;
}

std::optional<std::string> FieldMapProblem(std::string_view text) {
  const auto map = ParseMap(text);
  const bool fine = map && std::all_of(map->begin(), map->end(), [](const auto& entry) {
                      return std::find(kOurs.begin(), kOurs.end(), entry.first) != kOurs.end() && entry.second.front() != '.' &&
                             entry.second.back() != '.';
                    });
  return fine ? std::nullopt : std::optional<std::string>("must be entries such as reference=data.id, each for a field that is known");
}

std::optional<std::string> TypeMapProblem(std::string_view text) {
  return ParseMap(text) ? std::nullopt : std::optional<std::string>("must be entries such as charge.paid=payment.succeeded");
}

Json Mapped(const Connection& connection, const Json& webhook) {
  const auto field_map = connection.Field("field_map"), type_map = connection.Field("type_map");
  if ((field_map.empty() && type_map.empty()) || !webhook.is_object()) return webhook;
  Json ours = webhook;
  for (const auto& [name, path] : ParseMap(field_map).value_or(std::vector<std::pair<std::string, std::string>>{})) {
    const auto value = AtPath(webhook, path);
    if (value) {
      ours[name] = Ours(name, *value);
    } else {
      ours.erase(name);
    }
  }
  if (const auto amount = TextAt(ours, "amount"); !amount.empty() && !ours.contains("amount_minor")) {
    const auto currency = Currency::Parse(TextAt(ours, "currency"));
    const auto minor = currency ? FromDecimal(amount, currency->exponent()) : std::nullopt;
    if (minor) ours["amount_minor"] = *minor;
  }
  for (const auto& [theirs, type] : ParseMap(type_map).value_or(std::vector<std::pair<std::string, std::string>>{})) {
    if (TextAt(ours, "type") == theirs) {
      ours["type"] = type;
      break;
    }
  }
  return ours;
}

}  // namespace quittance::billing::psp::hmac
