// The keyring's file: one key a line, `<id> <base64 of 32 bytes>`. A broken line is named by its number; nothing of a key is ever shown.
#include <charconv>
#include <fstream>
#include <stdexcept>

#include "common/crypto/envelope.h"
#include "common/crypto/hmac.h"

namespace quittance::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;

std::optional<std::pair<std::uint32_t, Secret>> ParseLine(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  std::uint32_t id = 0;
  const char* const end = line.data() + blank;
  if (const auto [rest, error] = std::from_chars(line.data(), end, id); error != std::errc{} || rest != end) return std::nullopt;
  auto bytes = UnBase64(line.substr(blank + 1));
  if (!bytes) return std::nullopt;
  Secret key(*std::move(bytes));
  if (key.Reveal().size() != kKeyBytes) return std::nullopt;
  return std::pair(id, std::move(key));
}

}  // namespace

Keyring Keyring::Load(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("keyring " + file.string() + " cannot be read");
  std::map<std::uint32_t, Secret> keys;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    auto parsed = ParseLine(line);
    const std::string where = "keyring " + file.string() + ", line " + std::to_string(number);
    if (!parsed) throw std::runtime_error(where + ": must be `<id> <base64 of 32 bytes>`");
    if (!keys.emplace(std::move(*parsed)).second) throw std::runtime_error(where + ": this id stands there twice");
  }
  if (keys.empty()) throw std::runtime_error("keyring " + file.string() + " has no key");
  return Keyring(std::move(keys));
}

}  // namespace quittance::crypto
