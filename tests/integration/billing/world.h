// Billing without its edge: real PostgreSQL, real settings, a manual clock, PSPs played in the process; and short ways to its use cases.
#pragma once

#include <gtest/gtest.h>

#include "common/crypto/random.h"
#include "quittance/billing/v1/billing.pb.h"
#include "services/billing/usecases/cancel_payment_intent.h"
#include "services/billing/usecases/confirm_payment_intent.h"
#include "services/billing/usecases/create_payment_intent.h"
#include "services/billing/usecases/hot_paths.h"
#include "services/billing/usecases/jobs.h"
#include "services/billing/usecases/reads.h"
#include "services/billing/usecases/refund_payment.h"
#include "services/billing/usecases/watch_payment_intent.h"
#include "tests/integration/billing/fake_psp.h"

namespace quittance::billing::test {

using Intent = v1::PaymentIntent;

class BillingTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // The PSPs that are played in the process; a test against the sandbox has the real ones.
  virtual std::unique_ptr<psp::Registry> MakePsps();

  template <class T>
  T Run(Task<T> task) {
    return async::RunSync(*executor, std::move(task));
  }

  // Commands as the backend would send them.
  db::IdempotentCall CallOf(const Caller& caller, const std::string& key);
  db::IdempotentCall Call(const std::string& key, const std::string& body = "");
  CreatePaymentIntentCommand CreateCommand(const std::string& key);
  OpenIntent Unsent(const db::IdempotentCall& once, const std::string& connection);  // for the first transaction alone
  Result<db::Reply> Create(const std::string& key);
  Result<db::Reply> Create(CreatePaymentIntentCommand command) { return Run(CreatePaymentIntent(*deps, std::move(command))); }
  Intent Created(const std::string& key);  // must work
  Intent Get(const std::string& id);
  Result<db::Reply> Cancel(const std::string& key, const std::string& id);
  Result<db::Reply> Confirm(const std::string& key, const std::string& id, const std::string& connection = "");
  Result<db::Reply> Refund(const std::string& key, const std::string& id, std::optional<std::int64_t> minor = std::nullopt);
  static Intent Read(const db::Reply& reply, bool secret = false);
  static v1::Refund ReadRefund(const db::Reply& reply);

  // Webhooks, signed as the PSP does.
  static std::string Event(const std::string& id, const std::string& type, const Intent& intent, const std::string& more = "",
                           std::int64_t minor = 1990);
  int Deliver(const std::string& body, const std::string& connection = "hmac", const std::string& secret = "hmac-webhook-secret");
  int DeliverStripe(const std::string& body);
  Intent Paid(const std::string& key);  // created and paid by webhook

  void Set(const std::string& key, const std::string& value);
  std::string Value(const std::string& sql);
  int Count(const std::string& sql) { return std::stoi(Value("SELECT count(*) FROM " + sql)); }
  std::vector<std::string> Events(const std::string& payment);  // names, in order
  void LeaseRunsOut();                                          // of whoever died

  const TenantId tenant{*Uuid::Parse("00000000000070008000000000000001")};
  const TenantId other_tenant{*Uuid::Parse("00000000000070008000000000000002")};
  const UserId user{*Uuid::Parse("00000000000070008000000000000011")};
  const UserId other_user{*Uuid::Parse("00000000000070008000000000000012")};
  Caller backend;
  std::array<Caller, 2> operators;  // two persons

  metrics::Registry registry;
  ManualClock clock{FromUnixSeconds(1'790'000'000)};
  std::unique_ptr<async::Executor> executor;
  crypto::RandomIds ids;
  std::unique_ptr<db::Database> app, system;
  std::unique_ptr<settings::Settings> settings;
  std::shared_ptr<const crypto::Keyring> keyring;
  FakePsp* stripe = nullptr;
  FakePsp* hmac = nullptr;
  std::unique_ptr<psp::Registry> psps;
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<Deps> deps;
  std::unique_ptr<HotPaths> hot;
  std::unique_ptr<WatchHub> watch;  // not started
  std::string zone = "Europe/Paris";
  int plans_asked = 0, users_asked = 0;
};

}  // namespace quittance::billing::test
