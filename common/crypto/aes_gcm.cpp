// OpenSSL's EVP. The plain text of a ciphertext that does not open is wiped.
#include "common/crypto/aes_gcm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "common/core/check.h"
#include "common/crypto/bytes.h"
#include "common/crypto/envelope.h"
#include "common/crypto/random.h"

namespace quittance::crypto {
namespace {

constexpr std::size_t kPlainBytesMax = 16 * 1024 * 1024;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const EVP_CIPHER* Aes256Gcm() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

}  // namespace

std::string AesGcmSeal(std::string_view key, std::string_view aad, std::string_view plain) {
  CHECK(key.size() == kAesKeyBytes && plain.size() <= kPlainBytesMax);
  std::string out = RandomBytes(kAesNonceBytes);
  out.resize(kAesNonceBytes + plain.size() + kAesTagBytes);
  unsigned char* const body = Bytes(out) + kAesNonceBytes;
  const CipherContext context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  if (!context || EVP_EncryptInit_ex2(context.get(), Aes256Gcm(), Bytes(key), Bytes(out), nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &length, Bytes(aad), static_cast<int>(aad.size())) != 1 ||
      (!plain.empty() && EVP_EncryptUpdate(context.get(), body, &length, Bytes(plain), static_cast<int>(plain.size())) != 1) ||
      EVP_EncryptFinal_ex(context.get(), body + plain.size(), &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kAesTagBytes, body + plain.size()) != 1) {
    throw Fault("AES-256-GCM encryption failed");
  }
  return out;
}

std::string AesGcmOpen(std::string_view key, std::string_view aad, std::string_view nonce_body_tag) {
  if (nonce_body_tag.size() < kAesNonceBytes + kAesTagBytes || nonce_body_tag.size() > kPlainBytesMax + kAesNonceBytes + kAesTagBytes) {
    throw Undecryptable("a ciphertext has an impossible length");
  }
  const std::string_view nonce = nonce_body_tag.substr(0, kAesNonceBytes);
  const std::string_view body = nonce_body_tag.substr(kAesNonceBytes, nonce_body_tag.size() - kAesNonceBytes - kAesTagBytes);
  std::string tag(nonce_body_tag.substr(nonce_body_tag.size() - kAesTagBytes));
  std::string plain(body.size(), '\0');
  const CipherContext context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  const bool opened =
      context && EVP_DecryptInit_ex2(context.get(), Aes256Gcm(), Bytes(key), Bytes(nonce), nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &length, Bytes(aad), static_cast<int>(aad.size())) == 1 &&
      (body.empty() || EVP_DecryptUpdate(context.get(), Bytes(plain), &length, Bytes(body), static_cast<int>(body.size())) == 1) &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kAesTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), Bytes(tag), &length) == 1;
  if (!opened) {
    OPENSSL_cleanse(plain.data(), plain.size());
    throw Undecryptable("a ciphertext does not open: it was changed, or belongs to another place");
  }
  return plain;
}

}  // namespace quittance::crypto
