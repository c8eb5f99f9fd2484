// Login by a link: once, soon, in the browser that asked; never past a second factor.
#include "services/auth/usecases/magic_link.h"

#include <thread>

#include "common/crypto/envelope.h"
#include "common/crypto/hmac.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

const std::string kNonce = "a-browser-keeps-this";

struct MagicLinkTest : AuthTest {
  std::string Ask(const std::string& email, const std::string& nonce = kNonce) {
    EXPECT_TRUE(world.Run(RequestMagicLink(deps, {{"anonymous", ""}, tenant.code, email, nonce})).ok());
    const UserId user = UserOf(email);
    const std::string hex = world.RawText("SELECT encode(data, 'hex') FROM outbox WHERE key = '" + user.ToString() +
                                          "' AND type = 'quittance.auth.v1.MagicLinkRequested' ORDER BY id DESC LIMIT 1");
    v1::MagicLinkRequested event;
    EXPECT_TRUE(event.ParseFromString(*crypto::UnHex(hex)));
    return crypto::OpenWhole(*world.token_keyring, "quittance.auth.v1.MagicLinkRequested:" + user.ToString(), event.sealed_token());
  }
  Result<LoginReply> Open(const std::string& token, const std::string& nonce = kNonce) {
    return world.Run(LoginWithMagicLink(deps, {{"anonymous", ""}, token, nonce}));
  }
};

TEST_F(MagicLinkTest, ALinkLogsInOnceInTheBrowserThatAsked) {
  NewPerson("magic@client.example");
  const std::string token = Ask("magic@client.example");
  EXPECT_FALSE(Open(token, "another-browser-altogether").ok());
  EXPECT_FALSE(Open(token, "").ok());
  const auto reply = Open(token);
  ASSERT_TRUE(reply.ok() && reply->tokens);
  EXPECT_EQ(Verified(reply->tokens->access_token).amr, std::vector<std::string>{"email"});
  EXPECT_FALSE(Open(token).ok());
}

TEST_F(MagicLinkTest, AtTheSameMomentALinkGivesOneSession) {
  NewPerson("race@client.example");
  const std::string token = Ask("race@client.example");
  std::atomic<int> in{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { in += Open(token).ok(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(in, 1);
}

TEST_F(MagicLinkTest, ALinkIsShortAndOnlyTheNewestCounts) {
  NewPerson("short@client.example");
  const std::string first = Ask("short@client.example");
  const std::string second = Ask("short@client.example");
  EXPECT_FALSE(Open(first).ok());
  world.clock.Advance(kMagicLinkLife);
  EXPECT_FALSE(Open(second).ok());
  EXPECT_FALSE(Open("qml_nonsense").ok());
}

TEST_F(MagicLinkTest, A02_NobodyLearnsWhichAddressesExist) {
  EXPECT_TRUE(world.Run(RequestMagicLink(deps, {{"anonymous", ""}, tenant.code, "nobody@client.example", kNonce})).ok());
  EXPECT_EQ(Events("MagicLinkRequested"), 0);
  EXPECT_EQ(
      world.Run(RequestMagicLink(deps, {{"anonymous", ""}, tenant.code, "nobody@client.example", "short"})).error().fields.at(0).field,
      "nonce");
}

TEST_F(MagicLinkTest, A03_AProofByMailOpensALockedAccount) {
  NewPerson("shut@client.example");
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(Login("shut@client.example", "not the password").ok());
  EXPECT_FALSE(Login("shut@client.example").ok());
  EXPECT_TRUE(Open(Ask("shut@client.example")).ok());
  EXPECT_TRUE(Login("shut@client.example").ok());
}

}  // namespace
}  // namespace quittance::auth
