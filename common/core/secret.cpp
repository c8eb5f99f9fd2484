// Wiping of secrets. Invariant: no copy stays in a string that was moved from, in a short string's inline buffer or beyond the size.
#include "common/core/secret.h"

#include <utility>

namespace quittance {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    Wipe();
    bytes_ = other.bytes_;
  }
  return *this;
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.Wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    bytes_ = std::move(other.bytes_);
    other.Wipe();
  }
  return *this;
}

void Secret::Wipe() {
  bytes_.resize(bytes_.capacity());  // never allocates
  volatile char* byte = bytes_.data();
  for (std::size_t i = 0; i < bytes_.size(); ++i) byte[i] = 0;
  bytes_.clear();
}

}  // namespace quittance
