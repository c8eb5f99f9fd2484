// The form that our tokens and other people's share: three parts of strict base64url around a JSON header. For the files of this folder
// alone. Invariant: nothing here says what is believed; a name that stands twice in an object has no one meaning and is refused.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/crypto/hmac.h"

namespace quittance::crypto::jose {

inline constexpr std::int64_t kLeewaySeconds = 30;            // iat and nbf of clocks that differ
inline constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the year 9999: fits a TimePoint with room for leeway

// One object whose values nest `depth_max` deep at most.
inline std::optional<nlohmann::json> ParseObject(const std::string& text, int depth_max) {
  std::set<std::string> names;
  bool broken = false;
  const auto watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (depth > depth_max) broken = true;
    if (event == nlohmann::json::parse_event_t::key && depth == 1 && !names.insert(parsed.get<std::string>()).second) broken = true;
    return true;
  };
  nlohmann::json object = nlohmann::json::parse(text, watch, false);
  if (broken || !object.is_object()) return std::nullopt;
  return object;
}

struct Parts {
  std::string header, claims, signature;
  std::string_view signed_bytes;
};

inline std::optional<Parts> Split(std::string_view token, std::size_t bytes_max) {
  if (token.size() > bytes_max) return std::nullopt;
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  auto header = UnBase64Url(token.substr(0, first));
  auto claims = UnBase64Url(token.substr(first + 1, second - first - 1));
  auto signature = UnBase64Url(token.substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  return Parts{std::move(*header), std::move(*claims), std::move(*signature), token.substr(0, second)};
}

}  // namespace quittance::crypto::jose
