// The body of paypal_signer.h; the invariant it keeps stands there.
#include "tests/sandbox/paypal_signer.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <vector>

#include "common/core/check.h"
#include "common/crypto/hmac.h"

namespace quittance::sandbox {

struct PayPalSigner::Key {
  EVP_PKEY* pkey = nullptr;
  ~Key() { EVP_PKEY_free(pkey); }
};

PayPalSigner::PayPalSigner(TimePoint now) : key_(std::make_unique<Key>()) {
  constexpr unsigned int kBits = 2048;
  constexpr std::time_t kDay = 24 * 3600;
  key_->pkey = EVP_RSA_gen(kBits);
  CHECK(key_->pkey != nullptr);
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  ASN1_TIME_set(X509_getm_notBefore(certificate), UnixSeconds(now) - kDay);
  ASN1_TIME_set(X509_getm_notAfter(certificate), UnixSeconds(now) + 3650 * kDay);
  X509_set_pubkey(certificate, key_->pkey);
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* host = reinterpret_cast<const unsigned char*>("messageverificationcerts.sandbox.paypal.com");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  CHECK(X509_sign(certificate, key_->pkey, EVP_sha256()) > 0);
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(out, certificate);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out, &data);
  pem_.assign(data, static_cast<std::size_t>(size));
  BIO_free(out);
  X509_free(certificate);
}

PayPalSigner::~PayPalSigner() = default;

std::string PayPalSigner::Sign(std::string_view message) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const auto* text = reinterpret_cast<const unsigned char*>(message.data());
  std::size_t size = 0;
  CHECK(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_->pkey) == 1);
  CHECK(EVP_DigestSign(context, nullptr, &size, text, message.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, text, message.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return crypto::Base64(signature);
}

// Bit by bit, unlike the verifier's table: two ways that must agree.
std::string Crc32Decimal(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ (0xEDB88320U & (0U - (crc & 1U)));
  }
  return std::to_string(crc ^ 0xFFFFFFFFU);
}

}  // namespace quittance::sandbox
