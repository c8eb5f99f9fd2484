// What a session opens with and without a second factor.
#include "services/auth/domain/factor.h"

#include <gtest/gtest.h>

namespace quittance::auth {
namespace {

using Texts = std::vector<std::string>;

TEST(Factor, A29_AnAdministratorHoldsNothingBeforeASecondFactor) {
  EXPECT_EQ(ScopesOfSession({"auth:admin", "billing:read"}, {"pwd"}), Texts{});
  EXPECT_EQ(ScopesOfSession({"auth:admin", "billing:read"}, {"pwd", "otp", "mfa"}), (Texts{"auth:admin", "billing:read"}));
  EXPECT_EQ(ScopesOfSession({"billing:read"}, {"pwd"}), Texts{"billing:read"}) << "who administers nothing may do without";
}

TEST(Factor, CodesAreSixDigits) {
  EXPECT_TRUE(IsOtp("000000"));
  for (const char* bad : {"", "12345", "1234567", "12345a", "12 456", "-12345"}) EXPECT_FALSE(IsOtp(bad)) << bad;
}

TEST(Factor, NamesAreThoseOfTheTable) {
  for (const FactorKind kind : {FactorKind::kTotp, FactorKind::kSms}) EXPECT_EQ(ParseFactorKind(Name(kind)), kind);
}

}  // namespace
}  // namespace quittance::auth
