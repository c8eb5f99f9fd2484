// OpenSSL's objects, freed when they go out of scope. For the files of this folder alone.
#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <memory>

namespace quittance::crypto::evp {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;

}  // namespace quittance::crypto::evp
