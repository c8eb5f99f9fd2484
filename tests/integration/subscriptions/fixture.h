// Subscriptions' use cases on a real database: the roles app and system as in production, a clock that moves only when told, one tenant
// with a bot of its own, a Telegram and a billing in memory (networks we do not own, another service).
#pragma once

#include <gtest/gtest.h>

#include <atomic>

#include "common/async/executor.h"
#include "common/crypto/envelope.h"
#include "common/crypto/random.h"
#include "common/metrics/registry.h"
#include "quittance/billing/v1/billing_events.pb.h"
#include "services/subscriptions/api/consumers.h"
#include "services/subscriptions/deps.h"
#include "services/subscriptions/domain/plan.h"
#include "services/subscriptions/domain/subscription.h"
#include "tests/integration/subscriptions/fake_bot.h"
#include "tests/support/test_database.h"

namespace quittance::subscriptions {

inline constexpr std::int64_t kWeek = 604'800;
inline constexpr std::int64_t kMonth = 2'592'000;
inline constexpr std::int64_t kPrice = 1990;
inline const std::string kChat = "-1001234567890";

db::IdempotentCall Key(const Caller& caller, const std::string& key, const std::string& request = "");

// One database for the whole program.
class World {
 public:
  static World& Get();

  template <class T>
  T Run(Task<T> task) {
    return async::RunSync(executor, std::move(task));
  }
  // As the superuser: what is really stored.
  std::string RawText(const std::string& sql) { return database.AdminValue(sql); }
  std::int64_t RawCount(const std::string& sql) { return std::stoll(RawText(sql)); }
  void Empty();

  test::TestDatabase database;
  std::shared_ptr<const crypto::Keyring> keyring;
  metrics::Registry metrics;
  async::Executor executor;
  db::Database app;
  db::Database system;
  ManualClock clock;
  crypto::RandomIds ids;
  settings::Settings settings;
  Vault vault;
  FakeBot bot;
  Deps deps;

  // What billing answers, and which questions it got.
  std::mutex billing_mutex;
  bool billing_down = false;
  std::vector<UserId> paid, unsettled;
  std::vector<UnsettledQuery> questions;
  // What auth knows.
  std::vector<KnownUser> users;
  std::atomic<int> user_questions{0};
  std::vector<std::string> alerts;

 private:
  World();
  Task<UnsettledPayers> AnswerBilling(UnsettledQuery query);
};

class SubscriptionsTest : public testing::Test {
 protected:
  void SetUp() override;

  Caller Operator() const;
  Caller Person(UserId user) const;  // no scopes
  Caller Process() const;            // of another tenant, platform:service

  Plan NewPlan(const std::string& code, std::int64_t seconds, const std::string& access = "signaux",
               std::vector<std::string> channels = {"default"});
  UserId NewUser(const std::string& locale = "fr");
  void Put(const std::string& key, const std::string& value);

  // A payment of billing's, as its events carry it.
  billing::v1::PaymentIntent Payment(UserId user, const std::string& plan_code, std::int64_t version = 2);
  billing::v1::PaymentIntent Succeeded(UserId user, const std::string& plan_code);  // now
  template <class Message>
  void Deliver(const billing::v1::PaymentIntent& payment) {
    DeliverSet({EventOf<Message>(payment)});
  }
  template <class Message>
  quittance::events::Event EventOf(const billing::v1::PaymentIntent& payment) {
    Message message;
    *message.mutable_payment_intent() = payment;
    return {.id = world.ids.Next(),
            .tenant = tenant,
            .type = Message::descriptor()->full_name(),
            .key = payment.id(),
            .sequence = payment.version(),
            .time = world.clock.Now(),
            .traceparent = {},
            .data = message.SerializeAsString()};
  }
  // As one batch of the consumer's.
  void DeliverSet(const std::vector<quittance::events::Event>& events);
  // Pays now; gives the payment.
  billing::v1::PaymentIntent Pay(UserId user, const std::string& plan_code);
  void Become(billing::v1::PaymentIntent& payment, billing::v1::PaymentIntent::Status status,
              const std::string& detail);  // next version, now

  // So much of the price has gone back, all in all.
  void Refund(billing::v1::PaymentIntent& payment, std::int64_t minor);

  Subscription SubscriptionOf(UserId user);
  std::string StateOf(UserId user);  // of the membership of channel default
  std::int64_t Events(const std::string& type);
  // Runs all jobs until nothing is due.
  void Settle();

  // Telegram's side.
  int Update(const std::string& json);  // the fields behind update_id; gives the HTTP status
  int UpdateWith(const std::string& secret, const std::string& body);
  std::string LinkToken(UserId user);
  void Link(UserId user, const std::string& account);  // /start with a fresh token
  void AskToJoin(const std::string& account, const std::string& chat = kChat);
  void BecomeMember(UserId user, const std::string& account);  // linked, paid before: invited, asked, approved

  World& world = World::Get();
  Deps& deps = World::Get().deps;
  TenantId tenant;
  std::int64_t next_update = 1;
};

}  // namespace quittance::subscriptions
