// See fixture.h.
#include "tests/integration/notifications/fixture.h"

#include <google/protobuf/message.h>

#include "quittance/subscriptions/v1/subscriptions_events.pb.h"
#include "services/notifications/usecases/send_notifications.h"

namespace quittance::notifications {
namespace {

test::TestDatabase& Database() {
  static test::TestDatabase database("notifications");
  return database;
}

std::map<std::uint32_t, Secret> Keys(char letter) {
  std::map<std::uint32_t, Secret> keys;
  keys.emplace(1, Secret(std::string(32, letter)));
  return keys;
}

std::vector<settings::Key> SettingTable() {
  return {{"smtp.*", false, ""}, {"twilio.*", false, ""}, {"links.base_url", false, ""}, {"company.email", false, ""}};
}

Task<Result<std::vector<Contact>>> Look(FakeAuth* auth, std::vector<UserId> users) {
  if (auth->down) throw Fault("connection refused");
  auth->asked.push_back(users.size());
  std::vector<Contact> found;
  for (const UserId user : users) {
    if (const auto contact = auth->contacts.find(user); contact != auth->contacts.end()) found.push_back(contact->second);
  }
  co_return found;
}

}  // namespace

Task<Outcome> RecordingChannel::Send(Message message) {
  if (slow.count() > 0) co_await async::Sleep(slow);
  if (throw_next_.exchange(false)) throw std::runtime_error("the provider's library raised");
  const std::lock_guard lock(mutex_);
  sent_.push_back(std::move(message));
  Outcome answer{Verdict::kTaken, "250 ok"};
  if (!answers_.empty()) {
    answer = answers_.front();
    answers_.erase(answers_.begin());
  }
  co_return answer;
}

void RecordingChannel::AnswerNext(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  answers_.push_back(std::move(outcome));
}

std::vector<Message> RecordingChannel::Sent() {
  const std::lock_guard lock(mutex_);
  return sent_;
}

void RecordingChannel::Clear() {
  const std::lock_guard lock(mutex_);
  sent_.clear();
}

ContactBook FakeAuth::Book() {
  return [this](TenantId, std::vector<UserId> users) { return Look(this, std::move(users)); };
}

NotificationsTest::NotificationsTest()
    : clock(FromUnixSeconds(1'800'000'000)),
      keyring(std::make_shared<const crypto::Keyring>(Keys('k'))),
      token_keyring(Keys('t')),
      app(std::make_unique<db::Database>(db::DatabaseOptions{.name = "app", .url = Database().app_url(), .connections = 2}, metrics)),
      system(
          std::make_unique<db::Database>(db::DatabaseOptions{.name = "system", .url = Database().system_url(), .connections = 4}, metrics)),
      settings(std::make_unique<settings::Settings>(SettingTable(), *app, keyring)) {
  Database().Admin("TRUNCATE notifications, plan_names, outbox, settings, tenant_keys, idempotency_keys, audit_log");
  tenant = ids.New<TenantId>();
  deps.reset(new Deps{*app, *system, clock, ids, executor, *settings, token_keyring, channel, auth.Book(),
                      [](TenantId) { return "Signaux"; }, nullptr});
}

UserId NotificationsTest::NewUser(const std::string& email, const std::string& locale) {
  const auto user = ids.New<UserId>();
  auth.contacts[user] = {user, email.empty() ? "p" + user.uuid.Hex() + "@client.example" : email, locale, true, "Europe/Paris"};
  return user;
}

void NotificationsTest::Set(const std::string& key, const std::string& value) {
  settings::PutSettingCommand command;
  command.caller = Backend();
  command.cause = {command.caller.subject, ""};
  command.once = {.tenant = tenant, .principal = command.caller.subject, .method = "PutSetting", .key = "set-" + key + ids.Next().Hex()};
  command.once.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  command.key = key;
  command.value = value;
  const auto put = async::RunSync(
      executor, settings::PutSetting(*settings, *app, command, clock.Now(), [](const settings::View&) { return std::string("x"); }));
  ASSERT_TRUE(put.ok()) << put.error().message;
}

int NotificationsTest::Send() { return async::RunSync(executor, SendNotifications(*deps)); }
void NotificationsTest::SendAll() {
  while (Send() > 0) {
  }
}

quittance::events::Event NotificationsTest::NewEvent(const google::protobuf::Message& message, const std::string& key,
                                                     std::int64_t sequence) {
  return {.id = ids.Next(),
          .tenant = tenant,
          .type = message.GetDescriptor()->full_name(),
          .key = key,
          .sequence = sequence,
          .time = clock.Now(),
          .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          .data = message.SerializeAsString()};
}

void NotificationsTest::Apply(const quittance::events::Handler& handler, const quittance::events::Event& event) {
  system->TransactSync(db::Scope::System(), [&](db::Tx& tx) { handler(tx, event); });
}

subscriptions::v1::Subscription NotificationsTest::Subscription(UserId user, TimePoint end, std::int64_t version) {
  subscriptions::v1::Subscription subscription;
  subscription.set_id("sub_" + user.uuid.Hex());
  subscription.set_user_id(user.ToString());
  subscription.set_plan_code("signaux-weekly");
  subscription.set_status(subscriptions::v1::Subscription::ACTIVE);
  subscription.mutable_current_period_end()->set_seconds(UnixSeconds(end));
  subscription.set_version(version);
  return subscription;
}

void NotificationsTest::Hear(SubscriptionEvent kind, const subscriptions::v1::Subscription& subscription) {
  HearSet({{kind, subscription}});
}

void NotificationsTest::HearSet(const std::vector<News>& set) {
  static const std::map<SubscriptionEvent, std::string> names = {{SubscriptionEvent::kActivated, "SubscriptionActivated"},
                                                                 {SubscriptionEvent::kRenewed, "SubscriptionRenewed"},
                                                                 {SubscriptionEvent::kReminderDue, "SubscriptionReminderDue"},
                                                                 {SubscriptionEvent::kExpired, "SubscriptionExpired"},
                                                                 {SubscriptionEvent::kOther, "SubscriptionUpdated"}};
  std::vector<quittance::events::Event> events;
  for (const auto& [kind, subscription] : set) {
    subscriptions::v1::SubscriptionActivated message;  // every event of a subscription looks the same
    *message.mutable_subscription() = subscription;
    auto& event = events.emplace_back(NewEvent(message, subscription.id(), subscription.version()));
    event.type = "quittance.subscriptions.v1." + names.at(kind);
  }
  std::vector<const quittance::events::Event*> pointers;
  for (const auto& event : events) pointers.push_back(&event);
  const auto rows = api::OnSubscriptions(*deps);
  system->TransactSync(db::Scope::System(), [&](db::Tx& tx) { (*rows.front().set)(tx, pointers); });
}

void NotificationsTest::Admin(const std::string& sql) { Database().Admin(sql); }
std::string NotificationsTest::Value(const std::string& sql) { return Database().AdminValue(sql); }
std::string NotificationsTest::StateOf(const std::string& template_name) {
  return Value("SELECT string_agg(state, ',' ORDER BY notification_id) FROM notifications WHERE template = '" + template_name + "'");
}
std::int64_t NotificationsTest::Events(const std::string& name) {
  return Count("SELECT count(*) FROM outbox WHERE type = 'quittance.notifications.v1." + name + "'");
}

Caller NotificationsTest::Backend() const {
  Caller caller;
  caller.kind = Caller::Kind::kServiceAccount;
  caller.tenant = tenant;
  caller.subject = "svc_00000000000000000000000000000001";
  caller.scopes = {"notifications:read"};
  caller.tenant_wide = true;
  return caller;
}

Caller NotificationsTest::Person(UserId user) const {
  Caller caller;
  caller.kind = Caller::Kind::kUser;
  caller.tenant = tenant;
  caller.subject = user.ToString();
  caller.user = user;
  return caller;
}

}  // namespace quittance::notifications
