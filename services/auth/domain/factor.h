// Second factors: their kinds, their limits, the names of methods in a token (RFC 8176 where it has one).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/id.h"
#include "common/core/time.h"
#include "services/auth/domain/throttle.h"

namespace quittance::auth {

struct FactorTag {
  static constexpr std::string_view kPrefix = "fac";
};
using FactorId = Id<FactorTag>;

enum class FactorKind { kTotp, kSms };

inline constexpr Duration kChallengeLife = std::chrono::minutes(5);
inline constexpr int kChallengeTriesMax = 5;
// Of one account, over all challenges: no delays, then a day.
inline constexpr ThrottlePolicy kSecondFactorPolicy{1000, 20, std::chrono::hours(24)};
inline constexpr Duration kSmsCodeLife = std::chrono::minutes(5);
inline constexpr int kSmsCodeTriesMax = 5;
inline constexpr int kSmsCodesPerHourMax = 3;  // of one person
inline constexpr int kRecoveryCodes = 10;
inline constexpr std::size_t kRecoveryCodeCharacters = 10;  // base32: 50 bits

// amr
inline constexpr std::string_view kAmrPassword = "pwd";
inline constexpr std::string_view kAmrEmail = "email";
inline constexpr std::string_view kAmrFederated = "fed";  // an issuer's word
inline constexpr std::string_view kAmrOtp = "otp";
inline constexpr std::string_view kAmrSms = "sms";
inline constexpr std::string_view kAmrRecovery = "recovery";
inline constexpr std::string_view kAmrSecondFactor = "mfa";

struct Factor {
  TenantId tenant;
  FactorId id;
  UserId user;
  FactorKind kind = FactorKind::kTotp;
  std::string sealed;          // key of a TOTP, number of a phone
  std::int64_t last_step = 0;  // of TOTP: this one and those before are spent
  bool confirmed = false;
  TimePoint created{};
};

std::string_view Name(FactorKind kind);
FactorKind ParseFactorKind(std::string_view name);  // of a stored row: anything else is a bug

// Six digits, as authenticators show them.
bool IsOtp(std::string_view code);
// What somebody typed of "abcde-fghij": lower case without dash and blanks; nullopt if it cannot be a recovery code.
std::optional<std::string> NormalizedRecoveryCode(std::string_view typed);

bool HasSecondFactor(const std::vector<std::string>& amr);

// What a session opens. Who holds an administrator's scope holds none of them before a second factor: only what is their own is left.
std::vector<std::string> ScopesOfSession(std::vector<std::string> held, const std::vector<std::string>& amr);

}  // namespace quittance::auth
