// Secret: bytes that must not be shown. Invariant: no stream operator, no comparison operator, wiped when destroyed.
// Compare with crypto::ConstantTimeEqual.
#pragma once

#include <string>
#include <string_view>

namespace quittance {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { Wipe(); }

  // The only way out; grep for it.
  std::string_view Reveal() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  void Wipe();
  std::string bytes_;
};

}  // namespace quittance
