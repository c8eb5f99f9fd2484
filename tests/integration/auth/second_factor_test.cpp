// Second factors on a real database: enrolment, the challenge of a login, codes that are spent once, recovery codes.
#include <thread>

#include "quittance/auth/v1/auth.pb.h"
#include "services/auth/credentials/totp.h"
#include "services/auth/usecases/factors.h"
#include "services/auth/usecases/login.h"
#include "services/auth/usecases/verify_mfa.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

using namespace std::chrono_literals;

struct SecondFactorTest : AuthTest {
  struct Enrolled {
    std::string email;
    Caller caller;
    std::string factor;
    Secret key;
  };

  FactorCommand Command(const Caller& caller, const std::string& factor = "", const std::string& code = "") {
    const std::string key = "key-" + deps.ids.Next().Hex();
    return {caller, {caller.subject, ""}, Key(caller, key), factor, code};
  }
  std::int64_t Step() { return UnixSeconds(world.clock.Now()) / kTotpStepSeconds; }
  std::string Code(const Enrolled& person, int offset = 0) { return TotpCode(person.key, Step() + offset); }

  // With a confirmed authenticator; its first code is spent.
  Enrolled Enrol(const std::string& email) {
    Enrolled person{email, Person(NewPerson(email)), "", Secret()};
    const auto begun = world.Run(EnrollTotp(deps, Command(person.caller)));
    EXPECT_TRUE(begun.ok());
    v1::EnrollTotpResponse response;
    EXPECT_TRUE(response.ParseFromString(begun->secret_bytes));
    person.factor = response.factor_id();
    person.key = FromBase32(response.secret());
    EXPECT_NE(response.otpauth_uri().find(response.secret()), std::string::npos);
    EXPECT_TRUE(world.Run(ConfirmTotp(deps, Command(person.caller, person.factor, Code(person)))).ok());
    return person;
  }
  static Secret FromBase32(const std::string& text) {
    std::string bytes;
    unsigned buffer = 0;
    int bits = 0;
    for (const char c : text) {
      buffer = (buffer << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26)) & 0xFFF;
      bits += 5;
      if (bits < 8) continue;
      bits -= 8;
      bytes += static_cast<char>(buffer >> bits & 0xFF);
    }
    return Secret(bytes);
  }

  std::string Challenge(const std::string& email) {
    const auto reply = world.Run(auth::Login(deps, {{"anonymous", ""}, tenant.code, email, Secret(std::string(kGoodPassword))}));
    EXPECT_TRUE(reply.ok() && reply->mfa && !reply->tokens);
    return reply.ok() && reply->mfa ? reply->mfa->token : "";
  }
  Result<LoginReply> Verify(const std::string& challenge, const std::string& code) {
    return world.Run(VerifyMfa(deps, {{"anonymous", ""}, challenge, code}));
  }
  std::vector<std::string> RecoveryCodes(const Caller& caller) {
    const auto reply = world.Run(GenerateRecoveryCodes(deps, Command(caller)));
    EXPECT_TRUE(reply.ok());
    v1::GenerateRecoveryCodesResponse response;
    EXPECT_TRUE(response.ParseFromString(reply->secret_bytes));
    return {response.codes().begin(), response.codes().end()};
  }
};

TEST_F(SecondFactorTest, ALoginAsksForTheCodeAndTheTokenSaysSo) {
  const Enrolled person = Enrol("totp@client.example");
  world.clock.Advance(30s);
  const auto reply = Verify(Challenge("totp@client.example"), Code(person));
  ASSERT_TRUE(reply.ok() && reply->tokens);
  const crypto::Claims claims = Verified(reply->tokens->access_token);
  EXPECT_EQ(claims.amr, (std::vector<std::string>{"pwd", "otp", "mfa"}));
  EXPECT_EQ(claims.authenticated, FromUnixSeconds(UnixSeconds(world.clock.Now())));
  world.clock.Advance(10min);
  const auto next = Refresh(reply->tokens->refresh_token);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(Verified(next->access_token).authenticated, claims.authenticated) << "a refresh is no new proof";
  EXPECT_EQ(Events("FactorChanged"), 1);
}

TEST_F(SecondFactorTest, A21_ACodeCountsOnce) {
  const Enrolled person = Enrol("once@client.example");
  world.clock.Advance(30s);
  EXPECT_TRUE(Verify(Challenge("once@client.example"), Code(person)).ok());
  EXPECT_FALSE(Verify(Challenge("once@client.example"), Code(person)).ok());
  EXPECT_FALSE(Verify(Challenge("once@client.example"), Code(person, -1)).ok()) << "earlier ones are spent with it";
  EXPECT_TRUE(Verify(Challenge("once@client.example"), Code(person, 1)).ok());
}

TEST_F(SecondFactorTest, A21_A23_AtTheSameMomentACodeCountsOnceAndTheStepNeverFalls) {
  const Enrolled person = Enrol("race@client.example");
  world.clock.Advance(60s);
  std::vector<std::string> challenges;
  for (int i = 0; i < 8; ++i) challenges.push_back(Challenge("race@client.example"));
  std::atomic<int> in{0};
  std::vector<std::thread> threads;
  for (const std::string& challenge : challenges) {
    threads.emplace_back([&, challenge] { in += Verify(challenge, Code(person)).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(in, 1);
  EXPECT_FALSE(Verify(Challenge("race@client.example"), Code(person, -1)).ok());
  EXPECT_EQ(world.RawCount("SELECT last_step FROM factors WHERE tenant_id = '" + tenant.id.uuid.Hex() + "'"), Step());
}

TEST_F(SecondFactorTest, A22_TheCodeOfTheEnrolmentIsSpentByIt) {
  const Enrolled person = Enrol("setup@client.example");
  EXPECT_FALSE(Verify(Challenge("setup@client.example"), Code(person)).ok());
}

TEST_F(SecondFactorTest, A24_OneStepOfSkewIsTakenTwoAreNot) {
  const Enrolled person = Enrol("skew@client.example");
  world.clock.Advance(150s);
  EXPECT_FALSE(Verify(Challenge("skew@client.example"), Code(person, -2)).ok());
  EXPECT_TRUE(Verify(Challenge("skew@client.example"), Code(person, -1)).ok());
  EXPECT_FALSE(Verify(Challenge("skew@client.example"), Code(person, 2)).ok());
  EXPECT_TRUE(Verify(Challenge("skew@client.example"), Code(person, 1)).ok());
}

TEST_F(SecondFactorTest, A25_AChallengeDiesAfterFiveTriesAndAnAccountAfterTwenty) {
  const Enrolled person = Enrol("guess@client.example");
  world.clock.Advance(30s);
  const std::string challenge = Challenge("guess@client.example");
  for (int i = 0; i < kChallengeTriesMax; ++i) EXPECT_FALSE(Verify(challenge, "000000").ok());
  EXPECT_FALSE(Verify(challenge, Code(person)).ok()) << "the right code comes too late";
  for (int i = kChallengeTriesMax; i < kSecondFactorPolicy.lock_from; ++i) {
    EXPECT_FALSE(Verify(Challenge("guess@client.example"), "000000").ok());
  }
  EXPECT_FALSE(Verify(Challenge("guess@client.example"), Code(person)).ok());
  world.clock.Advance(24h);
  EXPECT_TRUE(Verify(Challenge("guess@client.example"), Code(person)).ok());
}

TEST_F(SecondFactorTest, AChallengeIsShortAndGivesOneSession) {
  const Enrolled person = Enrol("short@client.example");
  world.clock.Advance(30s);
  const std::string old = Challenge("short@client.example");
  world.clock.Advance(kChallengeLife);
  EXPECT_FALSE(Verify(old, Code(person)).ok());
  const std::string challenge = Challenge("short@client.example");
  EXPECT_TRUE(Verify(challenge, Code(person)).ok());
  EXPECT_FALSE(Verify(challenge, Code(person, 1)).ok());
  EXPECT_FALSE(Verify("qmf_nonsense", Code(person, 1)).ok());
}

TEST_F(SecondFactorTest, A27_ARecoveryCodeCountsOnceAlsoAtTheSameMoment) {
  const Enrolled person = Enrol("recovery@client.example");
  const std::vector<std::string> codes = RecoveryCodes(person.caller);
  ASSERT_EQ(codes.size(), 10U);
  std::vector<std::string> challenges;
  for (int i = 0; i < 6; ++i) challenges.push_back(Challenge("recovery@client.example"));
  std::atomic<int> in{0};
  std::vector<std::thread> threads;
  for (const std::string& challenge : challenges) threads.emplace_back([&, challenge] { in += Verify(challenge, codes[0]).ok(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(in, 1);
  EXPECT_TRUE(Verify(Challenge("recovery@client.example"), codes[1]).ok());
  EXPECT_EQ(world.Run(ListFactors(deps, person.caller))->recovery_codes, 8);
  RecoveryCodes(person.caller);
  EXPECT_FALSE(Verify(Challenge("recovery@client.example"), codes[2]).ok()) << "fresh ones void those before";
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM recovery_codes c WHERE c::text LIKE '%" + codes[0] + "%'"), 0) << "hashed at rest";
}

TEST_F(SecondFactorTest, RemovingAConfirmedFactorNeedsItAndEndsTheQuestion) {
  const Enrolled person = Enrol("remove@client.example");
  EXPECT_EQ(world.Run(RemoveFactor(deps, Command(person.caller, person.factor))).error().reason, Reason::kStepUpRequired);
  Caller proved = person.caller;
  proved.second_factor = true;
  EXPECT_TRUE(world.Run(RemoveFactor(deps, Command(proved, person.factor))).ok());
  EXPECT_TRUE(Login("remove@client.example").ok());
  EXPECT_EQ(world.Run(GenerateRecoveryCodes(deps, Command(person.caller))).error().reason, Reason::kStateConflict);
}

TEST_F(SecondFactorTest, A28_NobodyTouchesAnothersFactor) {
  const Enrolled person = Enrol("mine@client.example");
  Caller stranger = Person(NewPerson("stranger@client.example"));
  stranger.second_factor = true;
  for (const std::string& id : {person.factor, std::string("fac_00000000000000000000000000000001")}) {
    EXPECT_EQ(world.Run(RemoveFactor(deps, Command(stranger, id))).error().code, Code::kPermissionDenied);
    EXPECT_EQ(world.Run(ConfirmTotp(deps, Command(stranger, id, "000000"))).error().code, Code::kPermissionDenied);
  }
}

TEST_F(SecondFactorTest, A29_AnAdministratorHoldsNoScopeBeforeTheSecondFactor) {
  const Enrolled person = Enrol("admin@client.example");
  world.RawText("INSERT INTO user_roles (tenant_id, user_id, role) VALUES ('" + tenant.id.uuid.Hex() + "', '" +
                person.caller.user->uuid.Hex() + "', 'admin') RETURNING role");
  world.clock.Advance(30s);
  const auto reply = Verify(Challenge("admin@client.example"), Code(person));
  ASSERT_TRUE(reply.ok());
  EXPECT_NE(reply->tokens->scope.find("auth:admin"), std::string::npos);
  NewPerson("weak@client.example");
  world.RawText("INSERT INTO user_roles (tenant_id, user_id, role) VALUES ('" + tenant.id.uuid.Hex() + "', '" +
                UserOf("weak@client.example").uuid.Hex() + "', 'admin') RETURNING role");
  EXPECT_EQ(Login("weak@client.example")->scope, "");
}

}  // namespace
}  // namespace quittance::auth
