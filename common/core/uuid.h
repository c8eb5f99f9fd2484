// 128-bit identifiers (RFC 9562). Invariant: Parse accepts exactly 32 lower case hexadecimal digits, with or without the four dashes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quittance {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  std::string Hex() const;  // 32 digits, no dashes
  static std::optional<Uuid> Parse(std::string_view text);
};

// Where ids come from. Production: UUIDv7 over the operating system's generator (common/crypto/random.h); tests: a counter.
class IdGenerator {
 public:
  virtual ~IdGenerator() = default;
  virtual Uuid Next() = 0;

  template <class StrongId>
  StrongId New() {
    return StrongId{Next()};
  }
};

}  // namespace quittance

template <>
struct std::hash<quittance::Uuid> {
  std::size_t operator()(const quittance::Uuid& id) const noexcept;
};
