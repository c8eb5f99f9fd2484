// liboath computes the code; everything that is secret about it (which step, where the codes differ) is ours.
#include "services/auth/credentials/totp.h"

#include <liboath/oath.h>

#include <array>
#include <mutex>

#include "common/core/fault.h"
#include "common/crypto/hmac.h"
#include "common/crypto/random.h"
#include "services/auth/domain/factor.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kKeyBytes = 20;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr int kOtpCharactersMax = 8;

// RFC 3986: everything but unreserved characters.
std::string PercentEncoded(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace

Secret NewTotpKey() { return Secret(crypto::RandomBytes(kKeyBytes)); }

std::string TotpCode(const Secret& key, std::int64_t step, int digits) {
  static std::once_flag once;
  std::call_once(once, [] {
    if (oath_init() != OATH_OK) throw Fault("liboath cannot be started");
  });
  std::array<char, kOtpCharactersMax + 1> code{};
  const std::string_view bytes = key.Reveal();
  const int status = oath_totp_generate(bytes.data(), bytes.size(), static_cast<time_t>(step * kTotpStepSeconds),
                                        static_cast<unsigned>(kTotpStepSeconds), 0, static_cast<unsigned>(digits), code.data());
  if (status != OATH_OK) throw Fault(std::string("liboath: ") + oath_strerror(status));
  return code.data();
}

std::optional<std::int64_t> TotpStep(const Secret& key, std::string_view code, TimePoint now) {
  const std::int64_t current = UnixSeconds(now) / kTotpStepSeconds;
  std::optional<std::int64_t> found;
  for (std::int64_t step = current - kTotpWindow; step <= current + kTotpWindow; ++step) {
    if (crypto::ConstantTimeEqual(TotpCode(key, step), code)) found = step;
  }
  return found;
}

std::string Base32(std::string_view bytes) {
  std::string text;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += kAlphabet[(buffer >> bits) & 31];
    }
    buffer &= 0xFF;
  }
  if (bits > 0) text += kAlphabet[(buffer << (5 - bits)) & 31];
  return text;
}

std::string TotpUri(std::string_view issuer, std::string_view account, const Secret& key) {
  return "otpauth://totp/" + PercentEncoded(issuer) + ":" + PercentEncoded(account) + "?secret=" + Base32(key.Reveal()) +
         "&issuer=" + PercentEncoded(issuer) + "&algorithm=SHA1&digits=6&period=30";
}

Secret NewSmsCode() {
  constexpr std::uint32_t kCodes = 1'000'000;
  constexpr std::uint32_t kFair = UINT32_MAX - UINT32_MAX % kCodes;  // above it some codes would come more often
  while (true) {
    std::uint32_t number = 0;
    for (const char byte : crypto::RandomBytes(sizeof number)) number = number << 8 | static_cast<unsigned char>(byte);
    if (number >= kFair) continue;
    const std::string digits = std::to_string(number % kCodes);
    return Secret(std::string(kTotpDigits - digits.size(), '0') + digits);
  }
}

Secret NewRecoveryCode() {
  std::string text = Base32(crypto::RandomBytes(7)).substr(0, kRecoveryCodeCharacters);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return Secret(text.substr(0, 5) + "-" + text.substr(5));
}

}  // namespace quittance::auth
