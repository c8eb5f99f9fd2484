// Rules of second factors.
#include "services/auth/domain/factor.h"

#include <algorithm>

#include "common/core/check.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kOtpDigits = 6;
constexpr std::string_view kAdminSuffix = ":admin";

bool IsBase32(char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); }

}  // namespace

std::string_view Name(FactorKind kind) { return kind == FactorKind::kTotp ? "totp" : "sms"; }

FactorKind ParseFactorKind(std::string_view name) {
  if (name == "totp") return FactorKind::kTotp;
  CHECK(name == "sms");
  return FactorKind::kSms;
}

bool IsOtp(std::string_view code) {
  return code.size() == kOtpDigits && std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> NormalizedRecoveryCode(std::string_view typed) {
  std::string code;
  for (const char c : typed) {
    if (c == '-' || c == ' ') continue;
    code += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (code.size() > kRecoveryCodeCharacters) return std::nullopt;
  }
  if (code.size() != kRecoveryCodeCharacters || !std::all_of(code.begin(), code.end(), IsBase32)) return std::nullopt;
  return code;
}

bool HasSecondFactor(const std::vector<std::string>& amr) { return std::find(amr.begin(), amr.end(), kAmrSecondFactor) != amr.end(); }

std::vector<std::string> ScopesOfSession(std::vector<std::string> held, const std::vector<std::string>& amr) {
  const bool administrator = std::any_of(held.begin(), held.end(), [](const std::string& scope) { return scope.ends_with(kAdminSuffix); });
  if (administrator && !HasSecondFactor(amr)) held.clear();
  return held;
}

}  // namespace quittance::auth
