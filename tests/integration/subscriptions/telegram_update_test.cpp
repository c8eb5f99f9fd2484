// Updates of the bot and start tokens: verified, taken in once, and what is wrong with them changes nothing.
#include "quittance/subscriptions/v1/subscriptions.pb.h"
#include "services/subscriptions/usecases/create_link_token.h"
#include "services/subscriptions/usecases/ingest_telegram_update.h"
#include "tests/integration/subscriptions/fixture.h"

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;

const std::string kGood = "telegram-secret_1";

struct TelegramUpdateTest : SubscriptionsTest {
  std::string Start(const std::string& account, const std::string& token) {
    return R"("message":{"from":{"id":)" + account + R"(,"language_code":"en"},"chat":{"id":)" + account +
           R"(,"type":"private"},"text":"/start )" + token + "\"}";
  }
  std::int64_t Updates() { return world.RawCount("SELECT count(*) FROM telegram_updates"); }
  std::int64_t Links() { return world.RawCount("SELECT count(*) FROM telegram_accounts"); }
  Result<db::Reply> Token(const Caller& caller, const std::string& user, const std::string& key = "link-key-1") {
    return world.Run(CreateLinkToken(deps, {caller, {caller.subject, ""}, Key(caller, key, user), user}));
  }
};

TEST_F(TelegramUpdateTest, WrongSecretsAreUnauthorizedAndChangeNothing) {
  for (const std::string& secret : {std::string(), std::string("telegram-secret_2"), kGood + "x", kGood.substr(0, 5)}) {
    EXPECT_EQ(UpdateWith(secret, R"({"update_id":1})"), 401);
  }
  EXPECT_EQ(Updates(), 0);
  EXPECT_EQ(world.alerts.size(), 4u);
}

TEST_F(TelegramUpdateTest, WithoutASecretNothingIsTaken) {
  tenant = world.ids.New<TenantId>();
  EXPECT_EQ(UpdateWith("", R"({"update_id":1})"), 401);
}

TEST_F(TelegramUpdateTest, AnUpdateIsTakenInOnce) {
  const UserId user = NewUser();
  const std::string body = "{\"update_id\":900," + Start("42", LinkToken(user)) + "}";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(UpdateWith(kGood, body), 200);
  EXPECT_EQ(Updates(), 1);
  EXPECT_EQ(Links(), 1);
  Settle();
  EXPECT_EQ(world.bot.messages["42"].size(), 1u);
}

TEST_F(TelegramUpdateTest, UnknownAndUnreadableUpdatesAreAnswered200) {
  EXPECT_EQ(Update(R"("poll":{"id":"1"})"), 200);
  EXPECT_EQ(UpdateWith(kGood, ""), 200);
  EXPECT_EQ(UpdateWith(kGood, "{nonsense"), 200);
  EXPECT_EQ(Updates(), 1);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM audit_log WHERE action = 'IngestTelegramUpdate'"), 2);
}

TEST_F(TelegramUpdateTest, ABodyAboveOneMebibyteIsRefused) {
  const auto status = world.Run(IngestTelegramUpdate(deps, {tenant, kGood, std::string(1024 * 1024 + 1, ' '), {}}));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, Reason::kFieldInvalid);
}

TEST_F(TelegramUpdateTest, ATokenWorksOnceForAnHour) {
  const UserId user = NewUser();
  const std::string token = LinkToken(user);
  Update(Start("42", token));
  Update(Start("43", token));
  EXPECT_EQ(Links(), 1);
  Settle();
  const std::string late = LinkToken(user);
  world.clock.Advance(1h);
  Update(Start("44", late));
  Update(Start("45", "no-such-token"));
  EXPECT_EQ(Links(), 1);
  Settle();
  for (const std::string account : {"43", "44", "45"}) {
    ASSERT_EQ(world.bot.messages[account].size(), 1u);
    EXPECT_NE(world.bot.messages[account][0].find("no longer valid"), std::string::npos);
  }
}

TEST_F(TelegramUpdateTest, TheTokenIsStoredAsAHashAlone) {
  const UserId user = NewUser();
  const std::string token = LinkToken(user);
  EXPECT_EQ(token.size(), 43u);
  for (const std::string table : {"telegram_link_tokens", "idempotency_keys", "audit_log", "outbox"}) {
    EXPECT_EQ(world.RawCount("SELECT count(*) FROM " + table + " t WHERE position('" + token + "' in t::text) > 0 OR position(encode('" +
                             token + "'::bytea, 'hex') in t::text) > 0"),
              0);
  }
}

TEST_F(TelegramUpdateTest, I01_TheSameKeyGivesTheSameToken) {
  const UserId user = NewUser();
  const auto first = Token(Operator(), user.ToString());
  const auto again = Token(Operator(), user.ToString());
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->replayed);
  v1::LinkToken one, other;
  ASSERT_TRUE(one.ParseFromString(first->secret_bytes));
  ASSERT_TRUE(other.ParseFromString(again->secret_bytes));
  EXPECT_EQ(one.token(), other.token());
  EXPECT_EQ(one.url(), "https://t.me/calmness_bot?start=" + one.token());
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM telegram_link_tokens"), 1);
  EXPECT_EQ(world.bot.Calls("get_name"), 1);
}

TEST_F(TelegramUpdateTest, AUserActsForThemselvesOnly) {
  const UserId user = NewUser();
  const UserId other = NewUser();
  EXPECT_TRUE(Token(Person(user), "", "link-key-a").ok());
  const auto refused = Token(Person(user), other.ToString(), "link-key-b");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
}

TEST_F(TelegramUpdateTest, UnknownUsersAndMissingBotsAreNamed) {
  const auto unknown = Token(Operator(), world.ids.New<UserId>().ToString());
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().reason, Reason::kUserUnknown);
  tenant = world.ids.New<TenantId>();
  const UserId user = NewUser();
  const auto missing = Token(Operator(), user.ToString(), "link-key-2");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().reason, Reason::kSettingMissing);
  EXPECT_EQ(missing.error().metadata.at("key"), "telegram.bot_token");
}

TEST_F(TelegramUpdateTest, AuthIsAskedOncePerUser) {
  const UserId user = NewUser();
  LinkToken(user);
  LinkToken(user);
  EXPECT_EQ(world.user_questions, 1);
}

}  // namespace
}  // namespace quittance::subscriptions
