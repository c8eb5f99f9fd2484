// The environment, typed. An empty variable counts as missing: that is what a shell or a manifest without a value gives.
#include "common/config/env.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace quittance::config {
namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

bool HasBlankOrControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; });
}

// scheme://something
bool IsUrl(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0 || colon + 3 == text.size() || HasBlankOrControl(text)) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) { return c >= 'a' && c <= 'z'; });
}

// host:port, [::1]:port
bool IsAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || HasBlankOrControl(text)) return false;
  const std::string_view host = text.substr(0, colon);
  if (host.find(':') != std::string_view::npos && !(host.starts_with('[') && host.ends_with(']'))) return false;
  const auto port = ParseInteger(text.substr(colon + 1));
  return port && *port >= 0 && *port <= 65535;
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// The file without its last line feed; nullopt if it cannot be read or is no secret's size.
std::optional<std::string> ReadSecretFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad() || bytes.size() > kSecretBytesMax) return std::nullopt;
  while (bytes.ends_with('\n') || bytes.ends_with('\r')) bytes.pop_back();
  return bytes;
}

}  // namespace

Env::Env(Lookup lookup) : lookup_(std::move(lookup)) {}

Env::Lookup Env::FromProcess() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

// The value, or the fallback; nullopt is "missing" and, where required, already a problem.
std::optional<std::string> Env::Read(const std::string& name, const std::string& type, const std::string& help,
                                     std::optional<std::string> fallback, bool required) {
  variables_.push_back({name, type, fallback.value_or(""), required, help});
  auto value = lookup_(name);
  if (value && !value->empty()) return value;
  if (required) Problem(name + " is missing: " + help);
  return fallback;
}

std::string Env::Text(const std::string& name, const std::string& help, std::optional<std::string> fallback) {
  const bool required = !fallback;
  return Read(name, "text", help, std::move(fallback), required).value_or("");
}

std::string Env::Url(const std::string& name, const std::string& help, std::optional<std::string> fallback) {
  const bool required = !fallback;
  const std::string value = Read(name, "url", help, std::move(fallback), required).value_or("");
  if (!value.empty() && !IsUrl(value)) Problem(name + " must be an absolute URL");
  return value;
}

std::string Env::Address(const std::string& name, const std::string& help, std::optional<std::string> fallback) {
  const bool required = !fallback;
  const std::string value = Read(name, "address", help, std::move(fallback), required).value_or("");
  if (!value.empty() && !IsAddress(value)) Problem(name + " must be host:port");
  return value;
}

std::int64_t Env::Integer(const std::string& name, const std::string& help, std::int64_t min, std::int64_t max,
                          std::optional<std::int64_t> fallback) {
  const auto shown = fallback ? std::optional(std::to_string(*fallback)) : std::nullopt;
  const auto value = Read(name, "integer", help, shown, !fallback);
  if (!value) return min;
  const auto number = ParseInteger(*value);
  if (number && *number >= min && *number <= max) return *number;
  Problem(name + " must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return min;
}

bool Env::Switch(const std::string& name, const std::string& help, bool fallback) {
  const std::string value = Read(name, "switch", help, fallback ? "on" : "off", false).value_or("");
  if (value != "on" && value != "off") Problem(name + " must be on or off");
  return value == "on";
}

std::string Env::OneOf(const std::string& name, const std::string& help, std::vector<std::string> values,
                       std::optional<std::string> fallback) {
  const bool required = !fallback;
  const auto value = Read(name, "one of: " + Join(values), help, std::move(fallback), required);
  if (!value) return values.front();
  if (std::find(values.begin(), values.end(), *value) == values.end()) Problem(name + " must be one of: " + Join(values));
  return *value;
}

std::filesystem::path Env::Path(const std::string& name, const std::string& help, std::optional<std::string> fallback) {
  const bool required = !fallback;
  const std::string value = Read(name, "path", help, std::move(fallback), required).value_or("");
  std::error_code error;
  if (!value.empty() && !std::filesystem::exists(value, error)) Problem(name + " must be a path that exists");
  return value;
}

quittance::Secret Env::Secret(const std::string& name, const std::string& help, bool required) {
  variables_.push_back({name, "secret", "", required, help + " (or " + name + "_FILE: the path of a file that holds it)"});
  auto value = lookup_(name);
  const auto file = lookup_(name + "_FILE");
  const bool has_value = value && !value->empty();
  const bool has_file = file && !file->empty();
  if (has_value && has_file) {
    Problem(name + " and " + name + "_FILE are both set; one of them is enough");
    return {};
  }
  if (has_value) return quittance::Secret(std::move(*value));
  if (!has_file) {
    if (required) Problem(name + " (or " + name + "_FILE) is missing: " + help);
    return {};
  }
  auto read = ReadSecretFile(*file);
  if (!read) {
    Problem(name + "_FILE names a file that cannot be read");
  } else if (read->empty() && required) {
    Problem(name + "_FILE names an empty file");
  }
  return quittance::Secret(read ? std::move(*read) : std::string());
}

}  // namespace quittance::config
