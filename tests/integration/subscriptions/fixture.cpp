// See fixture.h.
#include "tests/integration/subscriptions/fixture.h"

#include <algorithm>

#include "common/crypto/hmac.h"
#include "common/rpc/proto_time.h"
#include "quittance/subscriptions/v1/subscriptions.pb.h"
#include "services/subscriptions/store/plans.h"
#include "services/subscriptions/store/subscriptions.h"
#include "services/subscriptions/usecases/answer_join_requests.h"
#include "services/subscriptions/usecases/create_link_token.h"
#include "services/subscriptions/usecases/create_plan.h"
#include "services/subscriptions/usecases/drive_memberships.h"
#include "services/subscriptions/usecases/expire_subscriptions.h"
#include "services/subscriptions/usecases/ingest_telegram_update.h"
#include "services/subscriptions/usecases/policy_settings.h"
#include "services/subscriptions/usecases/send_bot_messages.h"
#include "services/subscriptions/usecases/telegram_settings.h"
#include "services/subscriptions/wire.h"

namespace quittance::subscriptions {
namespace {

constexpr std::string_view kSecret = "telegram-secret_1";

std::shared_ptr<const crypto::Keyring> NewKeyring() {
  return std::make_shared<const crypto::Keyring>(std::map<std::uint32_t, Secret>{{1, Secret(crypto::RandomBytes(32))}});
}

std::vector<settings::Key> SettingsTable() {
  auto table = TelegramSettings();
  for (auto& key : PolicySettings()) table.push_back(std::move(key));
  return table;
}

}  // namespace

db::IdempotentCall Key(const Caller& caller, const std::string& key, const std::string& request) {
  return {.tenant = caller.tenant,
          .principal = caller.subject,
          .method = "quittance.subscriptions.v1.Test",
          .key = key,
          .fingerprint = crypto::Sha256(request),
          .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10)};
}

World::World()
    : database("subscriptions"),
      keyring(NewKeyring()),
      executor(2),
      app({.name = "app", .url = database.app_url(), .connections = 4}, metrics),
      system({.name = "system", .url = database.system_url(), .connections = 4, .statement_timeout = std::chrono::seconds(30)}, metrics),
      clock(FromUnixSeconds(1'800'000'000)),
      settings(SettingsTable(), app, keyring),
      vault(keyring),
      deps{.db = app,
           .system = system,
           .clock = clock,
           .ids = ids,
           .settings = settings,
           .bot = bot,
           .vault = vault,
           .unsettled_payers = [this](UnsettledQuery query) { return AnswerBilling(std::move(query)); },
           .find_user = [this](TenantId tenant, UserId user) -> Task<std::optional<KnownUser>> {
             ++user_questions;
             for (const auto& known : users) {
               if (known.tenant == tenant && known.user == user) co_return known;
             }
             co_return std::nullopt;
           },
           .wake = [](std::string_view) {},
           .alert =
               [this](std::string_view reason) {
                 std::lock_guard lock(billing_mutex);
                 alerts.emplace_back(reason);
               }} {
  db::SetReplySealer({[this](TenantId tenant, std::string_view plain) { return crypto::SealWhole(*keyring, tenant.ToString(), plain); },
                      [this](TenantId tenant, std::string_view sealed) { return crypto::OpenWhole(*keyring, tenant.ToString(), sealed); }});
}

World& World::Get() {
  static World world;
  return world;
}

Task<UnsettledPayers> World::AnswerBilling(UnsettledQuery query) {
  std::lock_guard lock(billing_mutex);
  questions.push_back(query);
  if (billing_down) throw Fault("billing is down");
  UnsettledPayers answer;
  const auto asked = [&](const UserId& user) { return std::find(query.users.begin(), query.users.end(), user) != query.users.end(); };
  std::copy_if(paid.begin(), paid.end(), std::back_inserter(answer.paid), asked);
  std::copy_if(unsettled.begin(), unsettled.end(), std::back_inserter(answer.unsettled), asked);
  co_return answer;
}

void World::Empty() {
  // Not DELETE: ten thousand rows of one test, each looked for in the tables that refer to it, would cost the next one a minute.
  database.Admin(
      "TRUNCATE subscription_period_stops, subscription_period_returns, subscription_periods, subscriptions, "
      "subscription_reminders, plans, users, payment_versions, memberships, telegram_accounts, "
      "telegram_link_tokens, telegram_updates, telegram_join_requests, telegram_messages, telegram_bots, "
      "outbox, audit_log, idempotency_keys, settings, tenant_keys");
  bot.Clear();
  billing_down = false;
  paid.clear();
  unsettled.clear();
  questions.clear();
  users.clear();
  alerts.clear();
  user_questions = 0;
}

void SubscriptionsTest::SetUp() {
  world.Empty();
  tenant = world.ids.New<TenantId>();
  Put("telegram.bot_token", "123456:secret-token");
  Put("telegram.secret_token", std::string(kSecret));
  Put("telegram.channel.default", kChat);
}

Caller SubscriptionsTest::Operator() const {
  Caller caller;
  caller.kind = Caller::Kind::kServiceAccount;
  caller.tenant = tenant;
  caller.subject = "svc_00000000000000000000000000000001";
  caller.scopes = {"subscriptions:admin", "subscriptions:read", "subscriptions:write"};
  caller.tenant_wide = true;
  return caller;
}

Caller SubscriptionsTest::Person(UserId user) const {
  Caller caller;
  caller.kind = Caller::Kind::kUser;
  caller.tenant = tenant;
  caller.subject = user.ToString();
  caller.user = user;
  return caller;
}

Caller SubscriptionsTest::Process() const {
  Caller caller = Operator();
  caller.tenant = TenantId{};
  caller.scopes = {"platform:service"};
  return caller;
}

Plan SubscriptionsTest::NewPlan(const std::string& code, std::int64_t seconds, const std::string& access,
                                std::vector<std::string> channels) {
  const PlanDraft draft{code, code, access, seconds, 1990, "EUR", std::move(channels)};
  EXPECT_TRUE(world.Run(CreatePlan(deps, {Operator(), {"svc_x", ""}, Key(Operator(), "plan-" + code + "-key", code), draft})).ok());
  const auto plan = world.app.TransactSync(db::Scope::Of(tenant), [&](db::Tx& tx) { return store::FindPlanByCode(tx, tenant, code); });
  EXPECT_TRUE(plan.has_value());
  return *plan;
}

UserId SubscriptionsTest::NewUser(const std::string& locale) {
  const auto user = world.ids.New<UserId>();
  world.users.push_back({tenant, user, locale, "active", 0});
  return user;
}

void SubscriptionsTest::Put(const std::string& key, const std::string& value) {
  settings::PutSettingCommand command;
  command.caller = Operator();
  command.once = Key(Operator(), "put-" + world.ids.Next().Hex(), key + value);
  command.key = key;
  command.value = value;
  const auto put = world.Run(
      settings::PutSetting(world.settings, world.app, command, world.clock.Now(), [](const settings::View&) { return std::string(); }));
  ASSERT_TRUE(put.ok()) << put.error().message;
}

billing::v1::PaymentIntent SubscriptionsTest::Payment(UserId user, const std::string& plan_code, std::int64_t version) {
  billing::v1::PaymentIntent payment;
  payment.set_id(world.ids.New<PaymentId>().ToString());
  payment.set_user_id(user.ToString());
  payment.set_plan_code(plan_code);
  payment.set_status(billing::v1::PaymentIntent::PENDING);
  payment.set_detail("created");
  payment.set_version(version);
  rpc::SetTime(payment.mutable_update_time(), world.clock.Now());
  return payment;
}

billing::v1::PaymentIntent SubscriptionsTest::Succeeded(UserId user, const std::string& plan_code) {
  auto payment = Payment(user, plan_code);
  payment.set_status(billing::v1::PaymentIntent::SUCCEEDED);
  payment.set_detail("settled");
  for (auto* money : {payment.mutable_amount(), payment.mutable_amount_captured(), payment.mutable_amount_refunded(),
                      payment.mutable_amount_disputed()}) {
    money->set_currency_code("EUR");
  }
  payment.mutable_amount()->set_amount_minor(kPrice);
  payment.mutable_amount_captured()->set_amount_minor(kPrice);
  rpc::SetTime(payment.mutable_succeed_time(), world.clock.Now());
  return payment;
}

void SubscriptionsTest::DeliverSet(const std::vector<quittance::events::Event>& events) {
  std::vector<const quittance::events::Event*> set;
  for (const auto& event : events) set.push_back(&event);
  world.system.TransactSync(db::Scope::System(), [&](db::Tx& tx) { api::TakePayments(deps, tx, set); });
}

billing::v1::PaymentIntent SubscriptionsTest::Pay(UserId user, const std::string& plan_code) {
  const auto payment = Succeeded(user, plan_code);
  Deliver<billing::v1::PaymentSucceeded>(payment);
  return payment;
}

void SubscriptionsTest::Refund(billing::v1::PaymentIntent& payment, std::int64_t minor) {
  payment.mutable_amount_refunded()->set_amount_minor(minor);
  Become(payment, billing::v1::PaymentIntent::SUCCEEDED, minor == 0 ? "settled" : "partially_refunded");
}

void SubscriptionsTest::Become(billing::v1::PaymentIntent& payment, billing::v1::PaymentIntent::Status status, const std::string& detail) {
  payment.set_status(status);
  payment.set_detail(detail);
  payment.set_version(payment.version() + 1);
  rpc::SetTime(payment.mutable_update_time(), world.clock.Now());
  Deliver<billing::v1::PaymentUpdated>(payment);
}

Subscription SubscriptionsTest::SubscriptionOf(UserId user) {
  const TimePoint now = world.clock.Now();
  const auto found = world.system.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    return store::ListSubscriptions(tx, tenant, {.user = user, .status = {}}, {.size = 10, .after = {}}, now);
  });
  EXPECT_EQ(found.size(), 1u);
  return found.empty() ? Subscription() : found.front();
}

std::string SubscriptionsTest::StateOf(UserId user) {
  return world.RawText("SELECT state FROM memberships WHERE channel = 'default' AND user_id = '" + user.uuid.Hex() + "'");
}

std::int64_t SubscriptionsTest::Events(const std::string& type) {
  return world.RawCount("SELECT count(*) FROM outbox WHERE type = 'quittance.subscriptions.v1." + type + "'");
}

void SubscriptionsTest::Settle() {
  for (int i = 0; i < 200; ++i) {
    int count = world.Run(ExpireSubscriptions(deps));
    count += world.Run(RemindSubscriptions(deps));
    count += world.Run(AnswerJoinRequests(deps));
    count += world.Run(DriveMemberships(deps));
    count += world.Run(SendBotMessages(deps));
    if (count == 0) return;
  }
  FAIL() << "the jobs never come to rest";
}

int SubscriptionsTest::UpdateWith(const std::string& secret, const std::string& body) {
  const auto status = world.Run(IngestTelegramUpdate(deps, {tenant, secret, body, {}}));
  EXPECT_TRUE(status.ok());
  return status ? *status : 0;
}

int SubscriptionsTest::Update(const std::string& json) {
  return UpdateWith(std::string(kSecret), "{\"update_id\":" + std::to_string(next_update++) + "," + json + "}");
}

std::string SubscriptionsTest::LinkToken(UserId user) {
  const auto reply =
      world.Run(CreateLinkToken(deps, {Operator(), {"svc_x", ""}, Key(Operator(), "link-" + world.ids.Next().Hex()), user.ToString()}));
  EXPECT_TRUE(reply.ok());
  if (!reply) return "";
  v1::LinkToken token;
  EXPECT_TRUE(token.ParseFromString(reply->secret_bytes));
  return token.token();
}

void SubscriptionsTest::Link(UserId user, const std::string& account) {
  EXPECT_EQ(Update(R"("message":{"from":{"id":)" + account + R"(,"language_code":"fr"},"chat":{"id":)" + account +
                   R"(,"type":"private"},"text":"/start )" + LinkToken(user) + "\"}"),
            200);
}

void SubscriptionsTest::AskToJoin(const std::string& account, const std::string& chat) {
  world.bot.Ask(chat, account);
  EXPECT_EQ(Update(R"("chat_join_request":{"chat":{"id":)" + chat + R"(},"from":{"id":)" + account +
                   R"(,"language_code":"en"},"user_chat_id":)" + account + "}"),
            200);
}

void SubscriptionsTest::BecomeMember(UserId user, const std::string& account) {
  Link(user, account);
  Settle();
  AskToJoin(account);
  Settle();
  ASSERT_EQ(StateOf(user), "member");
}

}  // namespace quittance::subscriptions
