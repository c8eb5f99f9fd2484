// AES-256-GCM itself: nonce of 12 random bytes, tag of 16, nothing else. Used by the envelope alone; apart so that its vectors can be
// played. Invariant: no byte leaves before the tag was checked, and no other tag length is taken (OpenSSL itself would take a shorter one).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quittance::crypto {

inline constexpr std::size_t kAesKeyBytes = 32;
inline constexpr std::size_t kAesNonceBytes = 12;
inline constexpr std::size_t kAesTagBytes = 16;

// nonce, ciphertext, tag
std::string AesGcmSeal(std::string_view key, std::string_view aad, std::string_view plain);
// Throws Undecryptable.
std::string AesGcmOpen(std::string_view key, std::string_view aad, std::string_view nonce_body_tag);

}  // namespace quittance::crypto
