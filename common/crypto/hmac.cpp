// HMAC, SHA-256 and the text codecs over OpenSSL 3. The algorithms are fetched once: a fetch by name costs more than the MAC of a webhook.
#include "common/crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>

#include "common/core/fault.h"
#include "common/crypto/bytes.h"

namespace quittance::crypto {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string Encode(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t taken = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < taken ? Bytes(bytes)[at + i] : 0U);
    for (std::size_t i = 0; i <= taken; ++i) text += alphabet[group >> (18 - 6 * i) & 63U];
    if (pad) text.append(3 - taken, '=');
  }
  return text;
}

using Values = std::array<std::int8_t, 256>;  // of each letter; -1: none

constexpr Values ValuesOf(std::string_view alphabet) {
  Values values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}

constexpr Values kValues = ValuesOf(kAlphabet);
constexpr Values kUrlValues = ValuesOf(kUrlAlphabet);

// `text` comes without padding. The bits beyond the last byte must be zero, so that each value has one spelling.
std::optional<std::string> Decode(std::string_view text, const Values& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t group = 0;
  int bits = 0;
  for (const char letter : text) {
    const int value = values[static_cast<unsigned char>(letter)];
    if (value < 0) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xFFU);
  }
  if ((group & ((1U << bits) - 1U)) != 0) return std::nullopt;
  return bytes;
}

constexpr Values kHexValues = [] {
  Values values = ValuesOf(kHexDigits);
  for (char letter = 'A'; letter <= 'F'; ++letter) values[static_cast<unsigned char>(letter)] = static_cast<std::int8_t>(letter - 'A' + 10);
  return values;
}();

// One context for each thread with the digest chosen, which takes as long as half a webhook's MAC. It keeps the state of the last key, as
// the settings' cache keeps the key itself: webhooks come in runs of one tenant, and to begin again costs half of a new key.
class ThreadMac {
 public:
  static ThreadMac& Get() {
    thread_local ThreadMac mac;
    return mac;
  }
  ~ThreadMac() { OPENSSL_cleanse(key_.data(), key_.size()); }

  Digest Of(std::string_view key, std::initializer_list<std::string_view> parts) {
    Digest digest{};
    std::size_t length = 0;
    bool ok = Begin(key);
    for (const auto part : parts) ok = ok && EVP_MAC_update(context_.get(), Bytes(part), part.size()) == 1;
    ok = ok && EVP_MAC_final(context_.get(), digest.data(), &length, digest.size()) == 1 && length == digest.size();
    keyed_ = ok;
    if (!ok) throw Fault("HMAC-SHA256 failed");
    return digest;
  }

 private:
  ThreadMac() {
    static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context_.reset(EVP_MAC_CTX_new(hmac));
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()};
    if (!context_ || EVP_MAC_CTX_set_params(context_.get(), params) != 1) throw Fault("HMAC-SHA256 is not to be had");
  }

  // A null pointer means "the key set before".
  bool Begin(std::string_view key) {
    if (keyed_ && ConstantTimeEqual(key, key_)) return EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1;
    keyed_ = false;
    OPENSSL_cleanse(key_.data(), key_.size());
    key_.assign(key);
    const unsigned char* const bytes = key.empty() ? reinterpret_cast<const unsigned char*>("") : Bytes(key);
    return EVP_MAC_init(context_.get(), bytes, key.size(), nullptr) == 1;
  }

  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context_{nullptr, EVP_MAC_CTX_free};
  std::string key_;
  bool keyed_ = false;
};

}  // namespace

Digest Sha256(std::string_view data) {
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  // One for each thread: making and freeing it costs as much as hashing a short text.
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  Digest digest{};
  if (!context || EVP_DigestInit_ex2(context.get(), sha256, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), data.data(), data.size()) != 1 || EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    throw Fault("SHA-256 failed");
  }
  return digest;
}

Digest HmacSha256(std::string_view key, std::string_view data) { return HmacSha256(key, std::initializer_list<std::string_view>{data}); }

Digest HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts) { return ThreadMac::Get().Of(key, parts); }

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string Hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    text += kHexDigits[static_cast<unsigned char>(byte) >> 4];
    text += kHexDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

std::optional<std::string> UnHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes(text.size() / 2, '\0');
  int seen = 0;  // negative once a character is no digit
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = kHexValues[static_cast<unsigned char>(text[2 * i])];
    const int low = kHexValues[static_cast<unsigned char>(text[2 * i + 1])];
    seen |= high | low;
    bytes[i] = static_cast<char>(high * 16 + low);
  }
  return seen < 0 ? std::nullopt : std::optional(std::move(bytes));
}

std::string Base64(std::string_view bytes) { return Encode(bytes, kAlphabet, true); }

std::optional<std::string> UnBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int pads = 0; pads < 2 && text.ends_with('='); ++pads) text.remove_suffix(1);
  return Decode(text, kValues);
}

std::string Base64Url(std::string_view bytes) { return Encode(bytes, kUrlAlphabet, false); }
std::optional<std::string> UnBase64Url(std::string_view text) { return Decode(text, kUrlValues); }

}  // namespace quittance::crypto
