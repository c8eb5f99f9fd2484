// What is masked, and what must stay readable.
#include "common/log/redact.h"

#include <gtest/gtest.h>

namespace quittance::log {
namespace {

TEST(Redact, CardNumbersInAnySpelling) {
  for (const char* card : {"4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "5555555555554444", "378282246310005",
                           "6011111111111117", "3530111333300000"}) {
    EXPECT_EQ(Redact(card), "[redacted]") << card;
    EXPECT_EQ(Redact("pan=" + std::string(card) + ", cvc"), "pan=[redacted], cvc") << card;
  }
  EXPECT_EQ(Redact("x4242424242424242x"), "x[redacted]x");
  EXPECT_EQ(Redact("2026-11-21 4242424242424242").find("4242424242424242"), std::string::npos);
  EXPECT_EQ(Redact("4242424242424242 123").find("4242424242424242"), std::string::npos);
  EXPECT_EQ(Redact("4242424242424242123").find("4242424242424242"), std::string::npos);  // number and code glued together
  EXPECT_EQ(Redact("0004242424242424242").find("4242424242424242"), std::string::npos);
}

TEST(Redact, LeavesIdsTimesAndAmountsAlone) {
  for (const char* plain :
       {"pay_01932f4242424242424242424242abcd", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "1700000000000000",
        "2026-11-21T09:30:00.123456Z", "amount_minor 1990 EUR", "4242424242424241", "127.0.0.1:7010", "task_id", "disk_usage", "risk_level",
        "whsec", "https://pay.example/webhooks/acme", "bearer of news", "basic idea", "a@example.com wrote", "12:30:45", ""}) {
    EXPECT_EQ(Redact(plain), plain);
  }
}

TEST(Redact, TokensAndKeys) {
  EXPECT_EQ(Redact("authorization: Bearer abcdefgh.ijkl"), "authorization: Bearer [redacted]");
  EXPECT_EQ(Redact("BEARER abcdefghijkl"), "BEARER [redacted]");
  EXPECT_EQ(Redact("Basic dXNlcjpwYXNz"), "Basic [redacted]");
  EXPECT_EQ(Redact("key sk_test_abc and whsec_xyz== end"), "key sk_[redacted] and whsec_[redacted] end");
  EXPECT_EQ(Redact("(rk_live_1)"), "(rk_[redacted])");
  EXPECT_EQ(Redact("t=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln;"), "t=[redacted];");
  EXPECT_EQ(Redact("https://api.telegram.example/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe"),
            "https://api.telegram.example/bot[redacted]/getMe");
  EXPECT_EQ(Redact("postgresql://app:secret@127.0.0.1:7040/x"), "postgresql://[redacted]@127.0.0.1:7040/x");
}

TEST(Redact, EndsOfTextAreNoTrap) {
  for (const char* cut :
       {"Bearer ", "Bearer", "sk_", "whsec_", "eyJ", "eyJhbGciOi", "://", "http://", "http://a", "1:", "123456:", "4242 ", "4242-"})
    EXPECT_EQ(Redact(cut), cut);
}

}  // namespace
}  // namespace quittance::log
