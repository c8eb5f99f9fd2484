// Sign-up and proof of an address: the answer tells nothing, the mail tells its owner.
#include "services/auth/usecases/sign_up.h"

#include <thread>

#include "services/auth/store/email_tokens.h"
#include "services/auth/usecases/verify_email.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct SignUpTest : AuthTest {
  Result<void> SignUp(const std::string& email, std::string_view password = kGoodPassword, const std::string& locale = "") {
    return world.Run(auth::SignUp(deps, {{"anonymous", ""}, tenant.code, email, Secret(std::string(password)), locale}));
  }
  Result<void> Verify(const std::string& token) { return world.Run(VerifyEmail(deps, {{"anonymous", ""}, token})); }
  void ExpectRefused(const std::string& token) {
    const auto refused = Verify(token);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kUnauthenticated);
  }
  std::int64_t Users() { return world.RawCount("SELECT count(*) FROM users WHERE tenant_id = '" + tenant.id.uuid.Hex() + "'"); }
};

TEST_F(SignUpTest, MakesAUserWithTheRoleUserAndNoScopes) {
  ASSERT_TRUE(SignUp("anna@client.example", kGoodPassword, "en").ok());
  EXPECT_EQ(Events("UserSignedUp"), 1);
  EXPECT_FALSE(Login("anna@client.example").ok()) << "not proved yet";
  const UserId user = UserOf("anna@client.example");
  ASSERT_TRUE(Verify(MailedToken(user)).ok());
  EXPECT_EQ(Events("UserVerified"), 1);
  EXPECT_EQ(AuditRows("VerifyEmail"), 1);
  const auto tokens = Login("anna@client.example");
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ(tokens->scope, "");
  EXPECT_EQ(Verified(tokens->access_token).roles, std::vector<std::string>{"user"});
  EXPECT_EQ(world.RawText("SELECT locale FROM users WHERE user_id = '" + user.uuid.Hex() + "'"), "en");
}

TEST_F(SignUpTest, A02_AKnownAddressGetsTheSameAnswerAndNoMail) {
  NewPerson("known@client.example");
  const std::int64_t before = Events("UserSignedUp");
  EXPECT_TRUE(SignUp("KNOWN@client.example", "another phrase of mine").ok());
  EXPECT_EQ(Events("UserSignedUp"), before);
  EXPECT_EQ(Users(), 1);
  EXPECT_TRUE(Login("known@client.example").ok()) << "the password is as it was";
  EXPECT_FALSE(Login("known@client.example", "another phrase of mine").ok());
}

TEST_F(SignUpTest, ALostMailCanBeAskedForAgainUpToALimit) {
  for (int i = 0; i < store::kEmailTokensPerUserMax + 3; ++i) ASSERT_TRUE(SignUp("again@client.example").ok());
  EXPECT_EQ(Users(), 1);
  EXPECT_EQ(Events("UserSignedUp"), store::kEmailTokensPerUserMax);
}

TEST_F(SignUpTest, ThePasswordInForceIsThatOfTheProofNotOfWhoeverSignedUpFirst) {
  ASSERT_TRUE(SignUp("victim@client.example", "chosen by an attacker").ok());
  const UserId user = UserOf("victim@client.example");
  const std::string attackers = MailedToken(user);
  ASSERT_TRUE(SignUp("victim@client.example", "chosen by the owner").ok());
  ASSERT_TRUE(Verify(MailedToken(user)).ok());
  EXPECT_TRUE(Login("victim@client.example", "chosen by the owner").ok());
  EXPECT_FALSE(Login("victim@client.example", "chosen by an attacker").ok());
  ExpectRefused(attackers);
}

TEST_F(SignUpTest, AProofWorksOnceAndForADay) {
  ASSERT_TRUE(SignUp("once@client.example").ok());
  const std::string token = MailedToken(UserOf("once@client.example"));
  ASSERT_TRUE(SignUp("late@client.example").ok());
  const std::string late = MailedToken(UserOf("late@client.example"));
  ASSERT_TRUE(Verify(token).ok());
  ExpectRefused(token);
  world.clock.Advance(kEmailTokenLife);
  ExpectRefused(late);
  EXPECT_EQ(Events("UserVerified"), 1);
}

TEST_F(SignUpTest, AWrongProofChangesNothing) {
  ASSERT_TRUE(SignUp("forged@client.example").ok());
  const std::string token = MailedToken(UserOf("forged@client.example"));
  auto forged = *ParseToken(kEmailTokenPrefix, token);
  forged.secret = NewTokenSecret();
  ExpectRefused(Format(kEmailTokenPrefix, forged));
  ExpectRefused("");
  ExpectRefused("nonsense");
  EXPECT_TRUE(Verify(token).ok());
}

TEST_F(SignUpTest, TwoProofsAtOnceVerifyOnce) {
  ASSERT_TRUE(SignUp("two@client.example").ok());
  const UserId user = UserOf("two@client.example");
  const std::string one = MailedToken(user);
  ASSERT_TRUE(SignUp("two@client.example").ok());
  const std::string two = MailedToken(user);
  std::atomic<int> verified{0};
  std::vector<std::thread> threads;
  for (const std::string& token : {one, two, one, two}) {
    threads.emplace_back([&, token] { verified += Verify(token).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(verified, 1);
  EXPECT_EQ(Events("UserVerified"), 1);
}

TEST_F(SignUpTest, ManyAtOnceForOneAddressMakeOneUser) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { EXPECT_TRUE(SignUp("crowd@client.example").ok()); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Users(), 1);
}

TEST_F(SignUpTest, BadInputNamesItsField) {
  EXPECT_EQ(SignUp("no address").error().fields.at(0).field, "email");
  EXPECT_EQ(SignUp("weak@client.example", "password").error().fields.at(0).field, "password");
  EXPECT_EQ(SignUp("weak@client.example", "weak@client.example").error().fields.at(0).field, "password");
  EXPECT_EQ(SignUp("a@client.example", kGoodPassword, "de").error().fields.at(0).field, "locale");
  tenant.code = "no-such-tenant";
  EXPECT_EQ(SignUp("a@client.example").error().fields.at(0).field, "tenant");
}

TEST_F(SignUpTest, AClosedTenantTakesNone) {
  world.RawText("UPDATE tenants SET sign_up_open = false WHERE tenant_id = '" + tenant.id.uuid.Hex() + "' RETURNING 1");
  EXPECT_EQ(SignUp("a@client.example").error().reason, Reason::kSignUpClosed);
}

TEST_F(SignUpTest, TheTokenIsStoredAsAHash) {
  ASSERT_TRUE(SignUp("hash@client.example").ok());
  const auto token = *ParseToken(kEmailTokenPrefix, MailedToken(UserOf("hash@client.example")));
  const std::string stored =
      world.RawText("SELECT encode(secret_hash, 'escape') FROM email_tokens WHERE token_id = '" + token.id.Hex() + "'");
  EXPECT_NE(stored, token.secret.Reveal());
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM outbox WHERE position('qev_' IN encode(data, 'escape')) > 0"), 0) << "sealed in the event";
}

}  // namespace
}  // namespace quittance::auth
