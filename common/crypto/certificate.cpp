// The body of certificate.h; the invariant it keeps stands there.
#include "common/crypto/certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <string>

namespace quittance::crypto {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr std::size_t kPemBytesMax = 64 * 1024;
constexpr int kChainMax = 8;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
void FreeStack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }

using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using ChainPtr = std::unique_ptr<STACK_OF(X509), Deleter<FreeStack>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

std::time_t SecondsOf(TimePoint time) { return static_cast<std::time_t>(UnixSeconds(time)); }

}  // namespace

struct Certificate::Impl {
  X509Ptr leaf;
  ChainPtr chain;
  KeyPtr key;
};

std::optional<Certificate> Certificate::ParsePem(std::string_view pem) {
  if (pem.empty() || pem.size() > kPemBytesMax) return std::nullopt;
  const std::unique_ptr<BIO, Deleter<BIO_free_all>> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  auto impl = std::make_shared<Impl>();
  impl->leaf.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  impl->chain.reset(sk_X509_new_null());
  while (impl->leaf && sk_X509_num(impl->chain.get()) < kChainMax) {
    X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
    if (next == nullptr) break;
    sk_X509_push(impl->chain.get(), next);
  }
  ERR_clear_error();
  if (!impl->leaf) return std::nullopt;
  impl->key.reset(X509_get_pubkey(impl->leaf.get()));
  const bool fits = impl->key && EVP_PKEY_is_a(impl->key.get(), "RSA") == 1 && EVP_PKEY_get_bits(impl->key.get()) >= kRsaBitsMin;
  if (!fits) return std::nullopt;
  return Certificate(std::move(impl));
}

bool Certificate::ValidAt(TimePoint now) const {
  auto seconds = SecondsOf(now);
  return X509_cmp_time(X509_get0_notBefore(impl_->leaf.get()), &seconds) < 0 &&
         X509_cmp_time(X509_get0_notAfter(impl_->leaf.get()), &seconds) > 0;
}

bool Certificate::TrustedAt(TimePoint now) const {
  const std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>> store(X509_STORE_new());
  const std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
  if (!store || !context || X509_STORE_set_default_paths(store.get()) != 1) return false;
  if (X509_STORE_CTX_init(context.get(), store.get(), impl_->leaf.get(), impl_->chain.get()) != 1) return false;
  X509_STORE_CTX_set_time(context.get(), 0, SecondsOf(now));
  const bool trusted = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return trusted;
}

bool Certificate::NamesHostBelow(std::string_view domain) const {
  return X509_check_host(impl_->leaf.get(), domain.data(), domain.size(), 0, nullptr) == 1;
}

bool Certificate::Verifies(std::string_view message, std::string_view signature) const {
  const std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, impl_->key.get()) != 1) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  const auto* text = reinterpret_cast<const unsigned char*>(message.data());
  const bool verifies = EVP_DigestVerify(context.get(), bytes, signature.size(), text, message.size()) == 1;
  ERR_clear_error();
  return verifies;
}

}  // namespace quittance::crypto
