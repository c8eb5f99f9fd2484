// Notifications' use cases on a real database: the roles app and system as in production, a clock that moves only when told, a provider and
// an auth that do what the test says.
#pragma once

#include <gtest/gtest.h>

#include <mutex>

#include "common/async/executor.h"
#include "common/crypto/random.h"
#include "common/events/event.h"
#include "common/metrics/registry.h"
#include "quittance/subscriptions/v1/subscriptions.pb.h"
#include "services/notifications/api/consumers.h"
#include "services/notifications/deps.h"
#include "services/notifications/domain/delivery.h"
#include "tests/support/test_database.h"

namespace quittance::notifications {

// A provider that keeps what it was given and answers what it was told, then `taken`.
class RecordingChannel final : public Channel {
 public:
  Task<Outcome> Send(Message message) override;

  void AnswerNext(Outcome outcome);
  void ThrowNext() { throw_next_ = true; }
  std::vector<Message> Sent();
  void Clear();
  std::chrono::milliseconds slow{0};  // how long each answer takes

 private:
  std::mutex mutex_;
  std::vector<Message> sent_;
  std::vector<Outcome> answers_;
  std::atomic<bool> throw_next_{false};
};

// Auth as notifications see it.
struct FakeAuth {
  std::map<UserId, Contact> contacts;
  bool down = false;
  std::vector<std::size_t> asked;  // sizes of the sets

  ContactBook Book();
};

// One database for the whole program; every test starts with empty tables and a tenant of its own.
class NotificationsTest : public testing::Test {
 protected:
  NotificationsTest();

  UserId NewUser(const std::string& email = "", const std::string& locale = "fr");
  void Set(const std::string& key, const std::string& value);
  int Send();  // one run of the job
  void SendAll();

  // An event as the consumer would hand it to its handler, in a transaction of its own.
  quittance::events::Event NewEvent(const google::protobuf::Message& message, const std::string& key, std::int64_t sequence);
  void Apply(const quittance::events::Handler& handler, const quittance::events::Event& event);
  subscriptions::v1::Subscription Subscription(UserId user, TimePoint end, std::int64_t version);
  void Hear(SubscriptionEvent kind, const subscriptions::v1::Subscription& subscription);
  // As one batch of the consumer's.
  using News = std::pair<SubscriptionEvent, subscriptions::v1::Subscription>;
  void HearSet(const std::vector<News>& set);

  // Rows and events as they are really stored.
  std::string Value(const std::string& sql);
  void Admin(const std::string& sql);
  std::int64_t Count(const std::string& sql) { return std::stoll(Value(sql)); }
  std::string StateOf(const std::string& template_name);
  std::int64_t Events(const std::string& name);

  Caller Backend() const;  // notifications:read
  Caller Person(UserId user) const;

  TenantId tenant;
  ManualClock clock;
  crypto::RandomIds ids;
  metrics::Registry metrics;
  async::Executor executor{2};
  std::shared_ptr<const crypto::Keyring> keyring;
  crypto::Keyring token_keyring;
  std::unique_ptr<db::Database> app;
  std::unique_ptr<db::Database> system;
  std::unique_ptr<settings::Settings> settings;
  RecordingChannel channel;
  FakeAuth auth;
  std::unique_ptr<Deps> deps;
};

}  // namespace quittance::notifications
