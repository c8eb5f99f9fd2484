// Page tokens: 18 bytes as base64url: a version, the last row's id, a check byte that tells our tokens from made up ones.
#include "common/core/page.h"

#include <algorithm>

namespace quittance {

namespace {

constexpr int kPageSizeDefault = 50;
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kRawSize = 18;
constexpr std::size_t kTextSize = 24;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Raw = std::array<std::uint8_t, kRawSize>;

std::uint8_t CheckByte(const Uuid& id) {
  unsigned sum = 0x5A;
  for (const std::uint8_t byte : id.bytes) sum = (sum * 31 + byte) & 0xFF;
  return static_cast<std::uint8_t>(sum);
}

std::string Encode(const Raw& raw) {
  std::string text;
  for (std::size_t i = 0; i < kRawSize; i += 3) {
    const unsigned group = static_cast<unsigned>(raw[i]) << 16 | static_cast<unsigned>(raw[i + 1]) << 8 | raw[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) text.push_back(kAlphabet[(group >> shift) & 63]);
  }
  return text;
}

std::optional<Raw> Decode(std::string_view text) {
  if (text.size() != kTextSize) return std::nullopt;
  Raw raw{};
  for (std::size_t i = 0; i < kTextSize / 4; ++i) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const std::size_t value = kAlphabet.find(text[i * 4 + j]);
      if (value == std::string_view::npos) return std::nullopt;
      group = group << 6 | static_cast<unsigned>(value);
    }
    for (std::size_t j = 0; j < 3; ++j) raw[i * 3 + j] = static_cast<std::uint8_t>(group >> (16 - 8 * j));
  }
  return raw;
}

std::optional<Uuid> ParseToken(std::string_view token) {
  const auto raw = Decode(token);
  if (!raw || raw->front() != kVersion) return std::nullopt;
  Uuid id;
  std::copy_n(raw->begin() + 1, id.bytes.size(), id.bytes.begin());
  if (raw->back() != CheckByte(id)) return std::nullopt;
  return id;
}

}  // namespace

Result<PageRequest> ParsePage(std::int32_t page_size, std::string_view page_token, int max) {
  if (page_size < 0) return InvalidField("page_size", "must not be negative");
  PageRequest page{page_size == 0 ? std::min(kPageSizeDefault, max) : std::min(static_cast<int>(page_size), max), std::nullopt};
  if (page_token.empty()) return page;
  page.after = ParseToken(page_token);
  if (!page.after) return InvalidField("page_token", "must be the next_page_token of an earlier answer");
  return page;
}

std::string NextPageToken(const PageRequest& page, std::size_t count, const Uuid& last) {
  if (count < static_cast<std::size_t>(page.size)) return "";
  Raw raw{};
  raw.front() = kVersion;
  std::copy(last.bytes.begin(), last.bytes.end(), raw.begin() + 1);
  raw.back() = CheckByte(last);
  return Encode(raw);
}

}  // namespace quittance
