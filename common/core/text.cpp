// Checks of text from outside. Invariant: no NUL, no broken UTF-8 and no control character gets past them towards SQL or a log.
#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace quittance {

namespace {

constexpr std::size_t kRequestIdMin = 8;
constexpr std::size_t kRequestIdMax = 255;
constexpr std::size_t kCardDigitsMin = 13;
constexpr std::size_t kCardDigitsMax = 19;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// The next code point of `text` at `at`, which moves on; -1 if it is not well-formed (Unicode 15, table 3-7).
std::int32_t NextCodePoint(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  if (first < 0x80) {
    ++at;
    return static_cast<std::int32_t>(first);
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return -1;
  std::int32_t point = static_cast<std::int32_t>(first & (0x7F >> length));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return -1;
    point = point << 6 | (byte(at + i) & 0x3F);
  }
  constexpr std::array<std::int32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return -1;
  at += length;
  return point;
}

bool IsControl(std::int32_t point) { return point < 0x20 || (point >= 0x7F && point < 0xA0); }

std::string LengthRule(std::size_t min, std::size_t max, std::string_view what) {
  return "must be " + std::to_string(min) + " to " + std::to_string(max) + " " + std::string(what);
}

bool PassesLuhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    const int value = (*digit - '0') * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
    twice = !twice;
  }
  return sum % 10 == 0;
}

// Ranges of the schemes' first four digits, and how many digits their cards have.
struct Scheme {
  int from;
  int to;
  std::size_t min;
  std::size_t max;
};
constexpr Scheme kSchemes[] = {
    {4000, 4999, 13, 13}, {4000, 4999, 16, 16}, {4000, 4999, 19, 19},                        // Visa
    {5100, 5599, 16, 16}, {2221, 2720, 16, 16},                                              // Mastercard
    {3400, 3499, 15, 15}, {3700, 3799, 15, 15},                                              // American Express
    {3000, 3059, 14, 19}, {3095, 3095, 14, 19}, {3600, 3699, 14, 19}, {3800, 3999, 14, 19},  // Diners Club
    {6011, 6011, 16, 19}, {6440, 6599, 16, 19},                                              // Discover, RuPay, Verve
    {3528, 3589, 16, 19},                                                                    // JCB
    {6200, 6299, 16, 19},                                                                    // UnionPay
    {5000, 5099, 13, 19}, {5600, 5899, 13, 19}, {6390, 6390, 13, 19}, {6700, 6799, 13, 19},  // Maestro, Verve
    {2200, 2204, 16, 19},                                                                    // Mir
    {6000, 6010, 16, 16}, {6012, 6099, 16, 16}, {8100, 8299, 16, 16},                        // RuPay
};

bool IsCardNumber(std::string_view digits) {
  if (digits.size() < kCardDigitsMin || digits.size() > kCardDigitsMax) return false;
  const int prefix = (digits[0] - '0') * 1000 + (digits[1] - '0') * 100 + (digits[2] - '0') * 10 + (digits[3] - '0');
  const bool known = std::any_of(std::begin(kSchemes), std::end(kSchemes), [&](const Scheme& scheme) {
    return prefix >= scheme.from && prefix <= scheme.to && digits.size() >= scheme.min && digits.size() <= scheme.max;
  });
  return known && PassesLuhn(digits);
}

// Groups of digits with a blank or a dash between them may be one number: every run of whole groups is looked at.
bool AnyRunIsCard(const std::vector<std::string_view>& groups) {
  for (std::size_t first = 0; first < groups.size(); ++first) {
    std::string digits;
    for (std::size_t last = first; last < groups.size() && digits.size() < kCardDigitsMax; ++last) {
      digits += groups[last];
      if (IsCardNumber(digits)) return true;
    }
  }
  return false;
}

bool IsHost(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 3 && host.ends_with(']') &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
  }
  return !host.empty() && host.size() <= 253 &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos && host.front() != '.' &&
         host.front() != '-' && host.find("..") == std::string_view::npos;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (NextCodePoint(text, at) < 0) return false;
  }
  return true;
}

Result<void> CheckText(std::string_view text, std::string_view field, std::size_t min, std::size_t max, bool multiline) {
  std::size_t points = 0;
  for (std::size_t at = 0; at < text.size(); ++points) {
    const std::int32_t point = NextCodePoint(text, at);
    if (point < 0) return InvalidField(std::string(field), "must be valid UTF-8");
    if (IsControl(point) && !(multiline && point == '\n')) return InvalidField(std::string(field), "must not hold control characters");
  }
  if (points < min || points > max) return InvalidField(std::string(field), LengthRule(min, max, "characters"));
  return {};
}

Result<void> CheckCode(std::string_view text, std::string_view field, std::size_t min, std::size_t max) {
  const bool shaped = std::all_of(text.begin(), text.end(), [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
  if (text.size() < min || text.size() > max || !shaped || text.empty() || !IsLower(text.front())) {
    return InvalidField(std::string(field), LengthRule(min, max, "lower case letters, digits and dashes, and begin with a letter"));
  }
  return {};
}

Result<void> CheckRequestId(std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
  if (!printable || text.size() < kRequestIdMin || text.size() > kRequestIdMax) {
    return InvalidField("request_id", LengthRule(kRequestIdMin, kRequestIdMax, "printable ASCII characters"));
  }
  return {};
}

std::optional<std::string> UrlOrigin(std::string_view url) {
  const bool clean = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '\\'; });
  if (!clean) return std::nullopt;
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  std::string origin(url.substr(0, std::min(url.find_first_of("/?#", colon + 3), url.size())));
  std::transform(origin.begin(), origin.end(), origin.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::string scheme = origin.substr(0, colon);
  if (scheme != "http" && scheme != "https") return std::nullopt;

  std::string_view host = std::string_view(origin).substr(colon + 3);
  const std::size_t port_at = host.find(':', host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0);
  if (port_at != std::string_view::npos) {
    const std::string_view port = host.substr(port_at + 1);
    if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), IsDigit) || port.front() == '0') return std::nullopt;
    if (std::stoi(std::string(port)) > 65535) return std::nullopt;
    host = host.substr(0, port_at);
    if (port == (scheme == "https" ? "443" : "80")) origin.resize(colon + 3 + port_at);  // the default port has one spelling: none
    host = std::string_view(origin).substr(colon + 3, port_at);
  }
  if (!IsHost(host)) return std::nullopt;
  return origin;
}

bool LooksLikeCardNumber(std::string_view text) {
  std::vector<std::string_view> groups;
  for (std::size_t at = 0; at < text.size();) {
    if (!IsDigit(text[at])) {
      const bool separator =
          (text[at] == ' ' || text[at] == '-') && at + 1 < text.size() && IsDigit(text[at + 1]) && at > 0 && IsDigit(text[at - 1]);
      if (!separator) {
        if (AnyRunIsCard(groups)) return true;
        groups.clear();
      }
      ++at;
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
    groups.push_back(text.substr(at, end - at));
    at = end;
  }
  return AnyRunIsCard(groups);
}

Error CardNumberRefused(std::string field) {
  auto error = InvalidField(std::move(field), "must not hold anything that looks like a card number");
  error.reason = Reason::kCardNumberRefused;
  return error;
}

bool BreaksLine(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos; }

}  // namespace quittance
