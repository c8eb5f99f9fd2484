// ECDSA on P-256 with SHA-256 in the form of JWS: 64 bytes r || s. OpenSSL speaks DER, so both ends convert; DER itself is never accepted.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>

#include "common/core/fault.h"
#include "common/crypto/bytes.h"
#include "common/crypto/evp.h"
#include "common/crypto/jwt.h"

namespace quittance::crypto {
namespace {

constexpr std::size_t kScalarBytes = 32;
constexpr std::size_t kPointBytes = 65;
constexpr const char* kCurve = "P-256";

// The group's order n and its half, big endian.
constexpr unsigned char kOrder[] = {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};
constexpr unsigned char kHalfOrder[] = {0x7F, 0xFF, 0xFF, 0xFF, 0x80, 0x00, 0x00, 0x00, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                        0xDE, 0x73, 0x7D, 0x56, 0xD3, 0x8B, 0xCF, 0x42, 0x79, 0xDC, 0xE5, 0x61, 0x7E, 0x31, 0x92, 0xA8};

using evp::DigestContext;
using evp::Key;
using evp::KeyContext;
using evp::Number;
using Signature = std::unique_ptr<ECDSA_SIG, evp::Freed<ECDSA_SIG_free>>;

void Must(bool worked, const char* what) {
  if (!worked) throw Fault(std::string("ES256: ") + what + " failed");
}

Key PublicKey(std::string_view point) {
  if (point.size() != kPointBytes || point[0] != 4) return nullptr;
  char curve[] = "P-256";
  std::string bytes(point);
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
                         OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
                         OSSL_PARAM_construct_end()};
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  // Refuses a point that is not on the curve.
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
    return nullptr;
  return Key(key);
}

Key ReadPrivateKey(const Secret& der) {
  const unsigned char* at = Bytes(der.Reveal());
  Key key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.Reveal().size())));
  Must(key != nullptr && EVP_PKEY_is_a(key.get(), "EC") == 1, "reading the private key");
  return key;
}

// n - s where s is in the upper half: both verify, and ours is always the lower one.
Number LowS(const BIGNUM* s) {
  const Number half(BN_bin2bn(kHalfOrder, sizeof kHalfOrder, nullptr));
  const Number order(BN_bin2bn(kOrder, sizeof kOrder, nullptr));
  Number low(BN_dup(s));
  Must(half && order && low, "arithmetic");
  if (BN_cmp(s, half.get()) > 0) Must(BN_sub(low.get(), order.get(), s) == 1, "arithmetic");
  return low;
}

}  // namespace

struct PrivateKey::Impl {
  Key key;
};

PrivateKey::PrivateKey(const Secret& der) : impl_(new Impl{ReadPrivateKey(der)}) {}
PrivateKey::~PrivateKey() = default;
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;

KeyPair NewEs256Key() {
  const Key key(EVP_EC_gen(kCurve));
  Must(key != nullptr, "making a key");
  std::string point(kPointBytes, '\0');
  std::size_t length = 0;
  Must(EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, Bytes(point), point.size(), &length) == 1 &&
           length == kPointBytes,
       "writing the public key");
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key.get(), &der);
  Must(size > 0, "writing the private key");
  Secret private_key(std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size)));
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return {std::move(point), std::move(private_key)};
}

std::string SignEs256(std::string_view message, const PrivateKey& key) {
  const DigestContext context(EVP_MD_CTX_new());
  std::string der(128, '\0');
  std::size_t length = der.size();
  Must(context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.impl_->key.get()) == 1 &&
           EVP_DigestSign(context.get(), Bytes(der), &length, Bytes(message), message.size()) == 1,
       "signing");
  const unsigned char* at = Bytes(std::string_view(der));
  const Signature parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(length)));
  Must(parsed != nullptr, "reading a signature");
  const Number s = LowS(ECDSA_SIG_get0_s(parsed.get()));
  std::string signature(2 * kScalarBytes, '\0');
  Must(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), Bytes(signature), kScalarBytes) == kScalarBytes &&
           BN_bn2binpad(s.get(), Bytes(signature) + kScalarBytes, kScalarBytes) == kScalarBytes,
       "writing a signature");
  return signature;
}

bool VerifyEs256(std::string_view message, std::string_view signature, std::string_view public_key) {
  if (signature.size() != 2 * kScalarBytes) return false;
  Number r(BN_bin2bn(Bytes(signature), kScalarBytes, nullptr));
  Number s(BN_bin2bn(Bytes(signature) + kScalarBytes, kScalarBytes, nullptr));
  if (!r || !s || BN_is_zero(r.get()) || BN_is_zero(s.get())) return false;
  const Signature parsed(ECDSA_SIG_new());
  if (!parsed || ECDSA_SIG_set0(parsed.get(), r.get(), s.get()) != 1) return false;
  static_cast<void>(r.release());  // the signature owns them now
  static_cast<void>(s.release());
  unsigned char buffer[128];
  unsigned char* end = buffer;
  const int length = i2d_ECDSA_SIG(parsed.get(), &end);  // at most 72 bytes for two scalars of 32
  const Key key = PublicKey(public_key);
  const DigestContext context(EVP_MD_CTX_new());
  return key && context && length > 0 && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), buffer, static_cast<std::size_t>(length), Bytes(message), message.size()) == 1;
}

bool HasLowS(std::string_view signature) {
  if (signature.size() != 2 * kScalarBytes) return false;
  const std::string_view half(reinterpret_cast<const char*>(kHalfOrder), kScalarBytes);
  return signature.substr(kScalarBytes).compare(half) <= 0;
}

}  // namespace quittance::crypto
