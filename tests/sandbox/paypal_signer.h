// A signing certificate such as PayPal publishes: RSA 2048, made anew for each sandbox. Invariant: the key leaves the object only as
// signatures.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/core/time.h"

namespace quittance::sandbox {

class PayPalSigner {
 public:
  explicit PayPalSigner(TimePoint now);  // valid from a day before for ten years
  ~PayPalSigner();

  const std::string& certificate_pem() const { return pem_; }
  // RSA PKCS #1 v1.5 with SHA-256, base64.
  std::string Sign(std::string_view message) const;

 private:
  struct Key;
  std::unique_ptr<Key> key_;
  std::string pem_;
};

// Unsigned decimal CRC-32 of the bytes, as PayPal's message has it.
std::string Crc32Decimal(std::string_view bytes);

}  // namespace quittance::sandbox
