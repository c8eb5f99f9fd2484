// HMAC-SHA256, SHA-256, hexadecimal and base64, constant-time compare. Invariant: decoders are strict; a compare checks the length first
// and then takes equal time.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest Sha256(std::string_view data);
Digest HmacSha256(std::string_view key, std::string_view data);
// Of the parts one after the other, which nobody has to join first.
Digest HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts);

// False at once on different lengths; otherwise in time that depends on the length alone.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

std::string Hex(std::string_view bytes);
inline std::string Hex(const Digest& digest) { return Hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())); }
// Exactly hexadecimal digits in pairs, either case; nullopt otherwise.
std::optional<std::string> UnHex(std::string_view text);

std::string Base64(std::string_view bytes);
std::optional<std::string> UnBase64(std::string_view text);     // padded, strict
std::string Base64Url(std::string_view bytes);                  // no padding
std::optional<std::string> UnBase64Url(std::string_view text);  // no padding, strict

inline std::string_view AsView(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

}  // namespace quittance::crypto
