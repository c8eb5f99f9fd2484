// Passwords that change: by mail, by somebody who knows the old one; what ends with the old one.
#include "common/crypto/envelope.h"
#include "common/crypto/hmac.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "services/auth/usecases/login.h"
#include "services/auth/usecases/mail_link.h"
#include "services/auth/usecases/passwords.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kNewPassword = "une autre phrase entiere";

struct PasswordTest : AuthTest {
  bool Ask(const std::string& email) { return world.Run(RequestPasswordReset(deps, {{"anonymous", ""}, tenant.code, email})).ok(); }
  std::string ResetToken(UserId user) {
    const std::string hex = world.RawText("SELECT encode(data, 'hex') FROM outbox WHERE key = '" + user.ToString() +
                                          "' AND type = 'quittance.auth.v1.PasswordResetRequested' ORDER BY id DESC LIMIT 1");
    v1::PasswordResetRequested event;
    EXPECT_TRUE(event.ParseFromString(*crypto::UnHex(hex)));
    return crypto::OpenWhole(*world.token_keyring, "quittance.auth.v1.PasswordResetRequested:" + user.ToString(), event.sealed_token());
  }
  Result<void> Reset(const std::string& token, std::string_view password = kNewPassword) {
    return world.Run(ResetPassword(deps, {{"anonymous", ""}, token, Secret(std::string(password))}));
  }
  Result<db::Reply> Change(const Caller& caller, std::string_view current, std::string_view wanted, const std::string& key) {
    return world.Run(
        ChangePassword(deps, {caller, {caller.subject, ""}, Key(caller, key), Secret(std::string(current)), Secret(std::string(wanted))}));
  }
};

TEST_F(PasswordTest, A26_TheLinkWorksOnceForAnHourAndEndsEverySession) {
  const UserId user = NewPerson("reset@client.example");
  const TokenPair before = *Login("reset@client.example");
  ASSERT_TRUE(Ask("Reset@client.example"));
  const std::string token = ResetToken(user);
  ASSERT_TRUE(Reset(token).ok());
  EXPECT_FALSE(Refresh(before.refresh_token).ok());
  EXPECT_FALSE(Login("reset@client.example").ok());
  EXPECT_TRUE(Login("reset@client.example", kNewPassword).ok());
  EXPECT_EQ(Reset(token, "a third phrase of words").error().reason, Reason::kCredentialsInvalid) << "used";
  EXPECT_EQ(Events("PasswordChanged"), 1);
  EXPECT_EQ(AuditRows("ResetPassword"), 1);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM mail_tokens t WHERE t::text LIKE '%" + token + "%'"), 0);
}

TEST_F(PasswordTest, A26_OnlyTheNewestCountsAndOnlyInTime) {
  const UserId user = NewPerson("newest@client.example");
  ASSERT_TRUE(Ask("newest@client.example"));
  const std::string first = ResetToken(user);
  ASSERT_TRUE(Ask("newest@client.example"));
  const std::string second = ResetToken(user);
  EXPECT_FALSE(Reset(first).ok());
  world.clock.Advance(kResetTokenLife);
  EXPECT_FALSE(Reset(second).ok());
  ASSERT_TRUE(Ask("newest@client.example"));
  EXPECT_TRUE(Reset(ResetToken(user)).ok());
}

TEST_F(PasswordTest, A26_ALinkDiesWithTheAddressItWasSentTo) {
  const UserId user = NewPerson("moved@client.example");
  ASSERT_TRUE(Ask("moved@client.example"));
  const std::string token = ResetToken(user);
  world.RawText("UPDATE users SET email_index = sha256('elsewhere') WHERE user_id = '" + user.uuid.Hex() + "' RETURNING 1");
  EXPECT_FALSE(Reset(token).ok());
}

TEST_F(PasswordTest, A26_ARefusedPasswordLeavesTheLinkAsItWas) {
  const UserId user = NewPerson("weak@client.example");
  ASSERT_TRUE(Ask("weak@client.example"));
  const std::string token = ResetToken(user);
  for (const char* bad : {"short", "password", "weak@client.example"}) {
    EXPECT_EQ(Reset(token, bad).error().fields.at(0).field, "new_password") << bad;
  }
  EXPECT_FALSE(Reset("qpr_nonsense").ok());
  EXPECT_TRUE(Reset(token).ok());
}

TEST_F(PasswordTest, A02_AnUnknownAddressGetsTheSameAnswerAtTheSameTime) {
  NewPerson("known@client.example");
  for (const char* email : {"known@client.example", "unknown@client.example"}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(Ask(email));
    EXPECT_GE(std::chrono::steady_clock::now() - start, kAnswerAfter - 1ms) << "no answer before its moment, whatever was found";
  }
  EXPECT_EQ(Events("PasswordResetRequested"), 1);
  tenant.code = "no-such-tenant";
  EXPECT_TRUE(Ask("known@client.example"));
}

TEST_F(PasswordTest, ThreeMailsAnHourAndNoMore) {
  NewPerson("flood@client.example");
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(Ask("flood@client.example"));
  EXPECT_EQ(Events("PasswordResetRequested"), kMailTokensPerHourMax);
  world.clock.Advance(1h + 1s);
  EXPECT_TRUE(Ask("flood@client.example"));
  EXPECT_EQ(Events("PasswordResetRequested"), kMailTokensPerHourMax + 1);
}

TEST_F(PasswordTest, A03_AResetOpensALockedAccount) {
  const UserId user = NewPerson("shut@client.example");
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(Login("shut@client.example", "not the password").ok());
  EXPECT_FALSE(Login("shut@client.example").ok());
  ASSERT_TRUE(Ask("shut@client.example"));
  ASSERT_TRUE(Reset(ResetToken(user)).ok());
  EXPECT_TRUE(Login("shut@client.example", kNewPassword).ok());
}

TEST_F(PasswordTest, A16_AChangedPasswordEndsEverySession) {
  const UserId user = NewPerson("change@client.example");
  const TokenPair here = *Login("change@client.example");
  const TokenPair there = *Login("change@client.example");
  EXPECT_EQ(Change(Person(user), "not the password", kNewPassword, "change-0001").error().reason, Reason::kCredentialsInvalid);
  EXPECT_TRUE(Refresh(there.refresh_token).ok()) << "a wrong one changes nothing";
  const std::int64_t before = Verified(here.access_token).epoch;
  ASSERT_TRUE(Change(Person(user), kGoodPassword, kNewPassword, "change-0002").ok());
  EXPECT_FALSE(Refresh(here.refresh_token).ok());
  EXPECT_FALSE(Login("change@client.example").ok());
  const auto again = Change(Person(user), kGoodPassword, kNewPassword, "change-0002");
  EXPECT_TRUE(again.ok() && again->replayed) << "the same call once more is answered";
  EXPECT_GT(Verified(Login("change@client.example", kNewPassword)->access_token).epoch, before);
  EXPECT_EQ(Events("PasswordChanged"), 1);
  EXPECT_EQ(Events("CredentialsRevoked"), 1);
}

TEST_F(PasswordTest, GuessingThroughAChangeLocksAsALoginDoes) {
  const UserId user = NewPerson("guess@client.example");
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(Change(Person(user), "not the password", kNewPassword, "guess-000" + std::to_string(i)).ok());
  }
  EXPECT_FALSE(Change(Person(user), kGoodPassword, kNewPassword, "guess-right").ok());
  EXPECT_FALSE(Login("guess@client.example").ok());
}

}  // namespace
}  // namespace quittance::auth
