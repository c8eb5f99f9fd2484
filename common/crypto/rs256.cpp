// RSASSA-PKCS1-v1_5 with SHA-256 over OpenSSL's EVP: verification alone, nothing here signs with RSA.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <memory>

#include "common/crypto/bytes.h"
#include "common/crypto/evp.h"
#include "common/crypto/id_token.h"

namespace quittance::crypto {
namespace {

using evp::DigestContext;
using evp::Key;
using evp::KeyContext;
using evp::Number;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, evp::Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, evp::Freed<OSSL_PARAM_free>>;

constexpr int kBitsMin = 2048;

Key PublicKey(const IssuerKey& key) {
  const Number n(BN_bin2bn(Bytes(key.modulus), static_cast<int>(key.modulus.size()), nullptr));
  const Number e(BN_bin2bn(Bytes(key.exponent), static_cast<int>(key.exponent.size()), nullptr));
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || BN_num_bits(n.get()) < kBitsMin || BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) == 1) return nullptr;
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Key(made);
}

}  // namespace

bool VerifyRs256(std::string_view message, std::string_view signature, const IssuerKey& key) {
  if (key.algorithm != IssuerKey::Algorithm::kRs256 || signature.size() != key.modulus.size()) return false;
  const Key public_key = PublicKey(key);
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;  // the digest context's own
  return public_key && context && EVP_DigestVerifyInit(context.get(), &padding, EVP_sha256(), nullptr, public_key.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PADDING) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
}

}  // namespace quittance::crypto
