// X.509 certificates of those who sign with RSA and SHA-256 (PKCS #1 v1.5). Invariant: what cannot be read or checked is not trusted;
// the algorithm is ours, never the certificate's or the sender's choice.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "common/core/time.h"

namespace quittance::crypto {

class Certificate {
 public:
  // The first certificate of a PEM text; those behind it are its chain. nullopt: none, or not with an RSA key of 2048 bits or more.
  static std::optional<Certificate> ParsePem(std::string_view pem);

  bool ValidAt(TimePoint now) const;
  // Up to one of the authorities that this system trusts.
  bool TrustedAt(TimePoint now) const;
  // Made for a host below `domain`, which begins with a dot.
  bool NamesHostBelow(std::string_view domain) const;
  bool Verifies(std::string_view message, std::string_view signature) const;

 private:
  struct Impl;
  explicit Certificate(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace quittance::crypto
