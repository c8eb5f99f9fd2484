// Codes by SMS: enrolment, login, their few tries and few sends; the phone behind them stays.
#include "services/auth/usecases/sms.h"

#include "common/crypto/envelope.h"
#include "common/crypto/hmac.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "services/auth/usecases/login.h"
#include "services/auth/usecases/manage_users.h"
#include "services/auth/usecases/verify_mfa.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct SmsTest : AuthTest {
  void SetUp() override {
    AuthTest::SetUp();
    user = NewPerson("sms@client.example");
    ASSERT_TRUE(SetPhone("+33612345678").ok());
  }
  Result<db::Reply> SetPhone(const std::string& phone) {
    return world.Run(
        UpdateMe(deps, {{Person(user), Cause{"usr", ""}, Key(Person(user), "phone-" + deps.ids.Next().Hex()), ""}, {}, phone}));
  }
  FactorCommand Command(const std::string& factor = "", const std::string& code = "") {
    return {Person(user), {"usr", ""}, Key(Person(user), "sms-" + deps.ids.Next().Hex(), factor + code), factor, code};
  }
  Result<std::string> Enroll() {
    const auto reply = world.Run(EnrollSms(deps, Command()));
    if (!reply) return reply.error();
    v1::EnrollSmsResponse response;
    EXPECT_TRUE(response.ParseFromString(reply->bytes));
    EXPECT_EQ(response.phone_hint(), "678");
    return response.factor_id();
  }
  // What notifications would send.
  std::string Sent() {
    const std::string hex = world.RawText("SELECT encode(data, 'hex') FROM outbox WHERE key = '" + user.ToString() +
                                          "' AND type = 'quittance.auth.v1.MfaCodeRequested' ORDER BY id DESC LIMIT 1");
    v1::MfaCodeRequested event;
    EXPECT_TRUE(event.ParseFromString(*crypto::UnHex(hex)));
    return crypto::OpenWhole(*world.token_keyring, "quittance.auth.v1.MfaCodeRequested:" + user.ToString(), event.sealed_token());
  }
  static std::string Wrong(const std::string& code) { return code == "000000" ? "000001" : "000000"; }
  void EnrollFully() {
    const auto factor = Enroll();
    ASSERT_TRUE(factor.ok());
    ASSERT_TRUE(world.Run(ConfirmSms(deps, Command(*factor, Sent()))).ok());
    world.clock.Advance(std::chrono::hours(2));  // the sends of the enrolment are forgotten
  }
  MfaChallenge Asked() {
    const auto reply =
        world.Run(auth::Login(deps, {{"anonymous", ""}, tenant.code, "sms@client.example", Secret(std::string(kGoodPassword))}));
    EXPECT_TRUE(reply.ok() && reply->mfa);
    return reply->mfa.value_or(MfaChallenge{});
  }
  Result<void> Send(const MfaChallenge& challenge) { return world.Run(SendMfaCode(deps, {{"anonymous", ""}, challenge.token})); }
  Result<LoginReply> Verify(const MfaChallenge& challenge, const std::string& code) {
    return world.Run(VerifyMfa(deps, {{"anonymous", ""}, challenge.token, code}));
  }

  UserId user;
};

TEST_F(SmsTest, ACodeOfSixDigitsLogsInOnce) {
  EnrollFully();
  const MfaChallenge challenge = Asked();
  EXPECT_EQ(challenge.methods.front(), "sms");
  EXPECT_FALSE(Verify(challenge, Sent()).ok()) << "the code of the enrolment is spent";
  ASSERT_TRUE(Send(challenge).ok());
  const std::string code = Sent();
  EXPECT_EQ(code.size(), 6U);
  EXPECT_EQ(code.find_first_not_of("0123456789"), std::string::npos);
  const auto in = Verify(challenge, code);
  ASSERT_TRUE(in.ok() && in->tokens);
  EXPECT_EQ(Verified(in->tokens->access_token).amr, (std::vector<std::string>{"pwd", "sms", "mfa"}));
  EXPECT_FALSE(Verify(Asked(), code).ok()) << "once, and for its own challenge";
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM outbox WHERE encode(data, 'escape') LIKE '%" + code + "%'"), 0) << "sealed";
}

TEST_F(SmsTest, A25_ACodeLivesFiveMinutesAndFiveTries) {
  EnrollFully();
  const MfaChallenge late = Asked();
  ASSERT_TRUE(Send(late).ok());
  const std::string old = Sent();
  world.clock.Advance(kSmsCodeLife);
  EXPECT_FALSE(Verify(late, old).ok());
  const MfaChallenge tried = Asked();
  ASSERT_TRUE(Send(tried).ok());
  const std::string code = Sent();
  for (int i = 0; i < kSmsCodeTriesMax; ++i) EXPECT_FALSE(Verify(tried, Wrong(code)).ok());
  EXPECT_FALSE(Verify(tried, code).ok());
}

TEST_F(SmsTest, ThreeCodesAnHourAndOnlyTheNewestCounts) {
  EnrollFully();
  const MfaChallenge challenge = Asked();
  ASSERT_TRUE(Send(challenge).ok());
  const std::string first = Sent();
  ASSERT_TRUE(Send(challenge).ok());
  const std::string second = Sent();
  ASSERT_TRUE(Send(challenge).ok());
  const auto fourth = Send(challenge);
  ASSERT_FALSE(fourth.ok());
  EXPECT_EQ(fourth.error().code, Code::kResourceExhausted);
  if (first != Sent()) EXPECT_FALSE(Verify(challenge, first).ok());
  EXPECT_TRUE(Verify(challenge, Sent()).ok());
  EXPECT_EQ(Events("MfaCodeRequested"), 4) << "one of the enrolment";
}

TEST_F(SmsTest, AnEnrolmentIsProvedInFiveTriesAndKeepsThePhone) {
  const auto factor = Enroll();
  ASSERT_TRUE(factor.ok());
  const std::string code = Sent();
  for (int i = 0; i < kSmsCodeTriesMax; ++i) {
    EXPECT_EQ(world.Run(ConfirmSms(deps, Command(*factor, Wrong(code)))).error().fields.at(0).field, "code");
  }
  EXPECT_FALSE(world.Run(ConfirmSms(deps, Command(*factor, code))).ok()) << "its tries are used up";
  const auto again = Enroll();
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(SetPhone("+33699999999").ok()) << "not confirmed: the phone may change";
  EXPECT_EQ(world.Run(ConfirmSms(deps, Command(*again, Sent()))).error().code, Code::kFailedPrecondition) << "the code proved another one";
  EXPECT_TRUE(SetPhone("+33612345678").ok());
  ASSERT_TRUE(world.Run(ConfirmSms(deps, Command(*again, Sent()))).ok());
  EXPECT_EQ(SetPhone("+33699999999").error().code, Code::kFailedPrecondition);
  EXPECT_EQ(Enroll().error().code, Code::kAlreadyExists);
  EXPECT_EQ(Events("FactorChanged"), 1);
}

TEST_F(SmsTest, WithoutAPhoneThereIsNothingToEnrol) {
  ASSERT_TRUE(SetPhone("").ok());
  EXPECT_EQ(Enroll().error().code, Code::kFailedPrecondition);
  EXPECT_EQ(world.Run(SendMfaCode(deps, {{"anonymous", ""}, "nonsense"})).error().reason, Reason::kCredentialsInvalid);
}

}  // namespace
}  // namespace quittance::auth
