// Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 s), over liboath. Invariant: a code is compared with every step of the
// window in constant time; which step it was is told, so that the caller can spend it once and for all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/secret.h"
#include "common/core/time.h"

namespace quittance::auth {

inline constexpr std::int64_t kTotpStepSeconds = 30;
inline constexpr int kTotpDigits = 6;
inline constexpr int kTotpWindow = 1;  // steps before and after

Secret NewTotpKey();  // 20 random bytes

// The code of one step.
std::string TotpCode(const Secret& key, std::int64_t step, int digits = kTotpDigits);

// The newest step of the window that has this code.
std::optional<std::int64_t> TotpStep(const Secret& key, std::string_view code, TimePoint now);

std::string Base32(std::string_view bytes);  // RFC 4648, without padding

// otpauth://totp/Issuer:account?secret=…&issuer=…&algorithm=SHA1&digits=6&period=30
std::string TotpUri(std::string_view issuer, std::string_view account, const Secret& key);

// Six random digits.
Secret NewSmsCode();

// "abcde-fghij": 50 random bits.
Secret NewRecoveryCode();

}  // namespace quittance::auth
