// One pass from left to right: at each position the rules are asked in turn how many bytes are a secret there.
#include "common/log/redact.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/core/text.h"

namespace quittance::log {
namespace {

constexpr std::string_view kMask = "[redacted]";
constexpr std::size_t kCardDigitsMin = 13;
constexpr std::size_t kCardDigitsMax = 19;
constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kJwtPartMin = 8;
constexpr std::size_t kBotTokenTailMin = 30;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
bool IsAlnum(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsKeyChar(char c) { return IsAlnum(c) || c == '_' || c == '-'; }
bool IsTokenChar(char c) { return IsKeyChar(c) || c == '.' || c == '+' || c == '/' || c == '=' || c == '~'; }

template <class Is>
std::size_t Span(std::string_view text, std::size_t at, Is is) {
  std::size_t end = at;
  while (end < text.size() && is(text[end])) ++end;
  return end - at;
}

bool StartsWithNoCase(std::string_view text, std::size_t at, std::string_view lower) {
  if (text.size() - at < lower.size()) return false;
  return std::equal(lower.begin(), lower.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b); });
}

bool AtWordStart(std::string_view text, std::size_t at) { return at == 0 || !(IsAlnum(text[at - 1]) || text[at - 1] == '_'); }

// A secret at a position: so many bytes of it stay, so many are masked.
struct Found {
  std::size_t keep = 0;
  std::size_t mask = 0;
};

Found AfterScheme(std::string_view text, std::size_t at) {
  for (const std::string_view scheme : {std::string_view("bearer "), std::string_view("basic ")}) {
    if (!AtWordStart(text, at) || !StartsWithNoCase(text, at, scheme)) continue;
    const std::size_t length = Span(text, at + scheme.size(), IsTokenChar);
    if (length >= kJwtPartMin) return {scheme.size(), length};
  }
  return {};
}

Found Key(std::string_view text, std::size_t at) {
  constexpr std::array<std::string_view, 4> kPrefixes = {"whsec_", "whsk_", "sk_", "rk_"};
  for (const std::string_view prefix : kPrefixes) {
    if (!AtWordStart(text, at) || !text.substr(at).starts_with(prefix)) continue;
    const std::size_t length = Span(text, at + prefix.size(), IsTokenChar);
    if (length > 0) return {prefix.size(), length};
  }
  return {};
}

// eyJ….….…
Found Jwt(std::string_view text, std::size_t at) {
  if (!AtWordStart(text, at) || !text.substr(at).starts_with("eyJ")) return {};
  const std::size_t header = Span(text, at, IsKeyChar);
  if (header < kJwtPartMin || at + header >= text.size() || text[at + header] != '.') return {};
  const std::size_t rest = Span(text, at + header, [](char c) { return IsKeyChar(c) || c == '.'; });
  return {0, header + rest};
}

// 123456789:AA… of a bot, also after `/bot` in a URL.
Found BotToken(std::string_view text, std::size_t at) {
  if (at > 0 && IsDigit(text[at - 1])) return {};
  const std::size_t digits = Span(text, at, IsDigit);
  const std::size_t tail_at = at + digits + 1;
  if (digits < 6 || digits > 12 || tail_at >= text.size() || text[tail_at - 1] != ':') return {};
  const std::size_t tail = Span(text, tail_at, IsKeyChar);
  return tail < kBotTokenTailMin ? Found{} : Found{0, digits + 1 + tail};
}

// scheme://user:password@host
Found UrlUser(std::string_view text, std::size_t at) {
  constexpr std::string_view kMark = "://";
  if (!text.substr(at).starts_with(kMark)) return {};
  const std::size_t length =
      Span(text, at + kMark.size(), [](char c) { return c > ' ' && c != '/' && c != '?' && c != '#' && c != '@' && c != '"'; });
  const std::size_t end = at + kMark.size() + length;
  if (length == 0 || end >= text.size() || text[end] != '@') return {};
  return {kMark.size(), length};
}

// 32 hexadecimal digits that stand alone are an id (`pay_…`, a trace id) and never a card.
bool InsideId(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && IsHex(text[begin - 1])) --begin;
  return Span(text, begin, IsHex) == kIdDigits;
}

// Whether a digit has another behind it, with at most one blank or dash between them.
bool GoesOn(std::string_view text, std::size_t& at) {
  if (at < text.size() && (text[at] == ' ' || text[at] == '-')) ++at;
  return at < text.size() && IsDigit(text[at]);
}

bool EnoughDigits(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (count < kCardDigitsMin && GoesOn(text, at)) ++count, ++at;
  return count == kCardDigitsMin;
}

// Digits with at most one blank or dash between them.
struct Run {
  std::string digits;
  std::vector<std::size_t> places;  // of each digit
};

Run DigitsFrom(std::string_view text, std::size_t at) {
  Run run;
  while (run.digits.size() < kCardDigitsMax && GoesOn(text, at)) {
    run.digits += text[at];
    run.places.push_back(at++);
  }
  return run;
}

// The longest card number that begins here. Inside a run of digits it must begin or end with the run, else chance finds too many.
Found Card(std::string_view text, std::size_t at) {
  if (!EnoughDigits(text, at) || InsideId(text, at)) return {};
  const bool begins = at == 0 || !IsDigit(text[at - 1]);
  const Run run = DigitsFrom(text, at);
  for (std::size_t length = run.digits.size(); length >= kCardDigitsMin; --length) {
    const std::size_t end = run.places[length - 1] + 1;
    const bool ends = end == text.size() || !IsDigit(text[end]);
    if ((begins || ends) && LooksLikeCardNumber(std::string_view(run.digits).substr(0, length))) return {0, end - at};
  }
  return {};
}

// By the first byte, which tells nearly all of a log's text apart.
Found SecretAt(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case 'b':
    case 'B':
      return AfterScheme(text, at);
    case 'w':
    case 's':
    case 'r':
      return Key(text, at);
    case 'e':
      return Jwt(text, at);
    case ':':
      return UrlUser(text, at);
    default:
      break;
  }
  if (!IsDigit(text[at])) return {};
  const Found token = BotToken(text, at);
  return token.mask > 0 ? token : Card(text, at);
}

}  // namespace

std::string Redact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Found found = SecretAt(text, at);
    if (found.mask == 0) {
      out += text[at++];
      continue;
    }
    out += text.substr(at, found.keep);
    out += kMask;
    at += found.keep + found.mask;
  }
  return out;
}

}  // namespace quittance::log
