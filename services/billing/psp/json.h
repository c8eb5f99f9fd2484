// Strict JSON of PSPs: bounded depth and size, no duplicate keys, valid UTF-8, one value and nothing behind it (W20).
// Only .cpp files of psp/ include it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace quittance::billing::psp {

using Json = nlohmann::json;

inline constexpr int kJsonDepthMax = 32;

// nullopt for anything that is not strictly JSON within the limits.
std::optional<Json> ParseJson(const std::string& text);

// Members of an object, typed; empty when missing or of another type, and for text that no database should see (control characters, too
// long).
inline constexpr std::size_t kTextMax = 2048;
std::string TextAt(const Json& object, const char* key);
std::optional<std::int64_t> IntegerAt(const Json& object, const char* key);
const Json& ObjectAt(const Json& object, const char* key);  // an empty object when missing
const Json& ItemsAt(const Json& object, const char* key);   // an empty list when missing
const Json& FirstAt(const Json& object, const char* key);   // the first object of a list; an empty object when missing

}  // namespace quittance::billing::psp
