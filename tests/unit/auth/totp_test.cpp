// One-time passwords: RFC 6238 appendix B (SHA-1), RFC 4648 section 10, the window, the link for authenticators.
#include "services/auth/credentials/totp.h"

#include <gtest/gtest.h>

#include <set>

#include "services/auth/domain/factor.h"

namespace quittance::auth {
namespace {

using namespace std::chrono_literals;

const Secret kRfcKey("12345678901234567890");

TEST(Totp, TheVectorsOfRfc6238) {
  const std::vector<std::pair<std::int64_t, const char*>> vectors = {{59, "94287082"},         {1111111109, "07081804"},
                                                                     {1111111111, "14050471"}, {1234567890, "89005924"},
                                                                     {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [time, code] : vectors) EXPECT_EQ(TotpCode(kRfcKey, time / kTotpStepSeconds, 8), code) << time;
}

TEST(Totp, A24_OneStepEitherSideAndNoMore) {
  const TimePoint now = FromUnixSeconds(1'800'000'000);
  const std::int64_t step = 1'800'000'000 / kTotpStepSeconds;
  for (const std::int64_t near : {step - 1, step, step + 1}) EXPECT_EQ(TotpStep(kRfcKey, TotpCode(kRfcKey, near), now), near);
  for (const std::int64_t far : {step - 2, step + 2}) EXPECT_EQ(TotpStep(kRfcKey, TotpCode(kRfcKey, far), now), std::nullopt);
  for (const char* bad : {"", "1", "12345", "1234567", "abcdef", "000000 "}) EXPECT_EQ(TotpStep(kRfcKey, bad, now), std::nullopt) << bad;
}

TEST(Totp, TheVectorsOfRfc4648WithoutPadding) {
  const std::vector<std::pair<const char*, const char*>> vectors = {
      {"", ""}, {"f", "MY"}, {"fo", "MZXQ"}, {"foo", "MZXW6"}, {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"}, {"foobar", "MZXW6YTBOI"}};
  for (const auto& [bytes, text] : vectors) EXPECT_EQ(Base32(bytes), text);
}

TEST(Totp, TheLinkOfAnAuthenticator) {
  EXPECT_EQ(TotpUri("Café & Cie", "claire+1@client.example", kRfcKey),
            "otpauth://totp/Caf%C3%A9%20%26%20Cie:claire%2B1%40client.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&issuer=Caf%C3%A9%20%26%20Cie&algorithm=SHA1&digits=6&period=30");
}

TEST(Totp, RecoveryCodesDifferAndAreReadAsTyped) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const Secret code = NewRecoveryCode();
    const auto normalized = NormalizedRecoveryCode(code.Reveal());
    ASSERT_TRUE(normalized) << code.Reveal();
    seen.insert(*normalized);
  }
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(NormalizedRecoveryCode("ABCDE-fghij"), "abcdefghij");
  EXPECT_EQ(NormalizedRecoveryCode(" abcde fghij "), "abcdefghij");
  for (const char* bad : {"", "abcde", "abcde-fghij-k", "abcde-fghi1", "123456", "abcde-fghi\n"}) {
    EXPECT_EQ(NormalizedRecoveryCode(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace quittance::auth
