// Webhooks against PostgreSQL: stored once, applied once, believed only with a good signature, answered 2xx whatever can be stored.
#include <thread>

#include "services/billing/psp/webhook_signature.h"
#include "services/billing/usecases/ingest_webhook.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

class Webhook : public BillingTest {
 protected:
  // What the sender of a webhook can still do while we hold it.
  IngestWebhookCommand Signed(const std::string& body) {
    const auto out = psp::SignOutgoing(Secret("hmac-webhook-secret"), body, clock.Now());
    return {{}, "shop", "hmac", {{{"X-Timestamp", out.timestamp}, {"X-Signature", out.signature}}, body}, "source"};
  }
  int Ingest(IngestWebhookCommand command) { return Run(IngestWebhook(*deps, std::move(command)))->http_status; }
};

TEST_F(Webhook, W01_ThreeTimesAtOnceIsOneSuccess) {
  const auto intent = Created("key-0001");
  const auto body = Event("ev_1", "payment.succeeded", intent);
  std::vector<std::thread> threads;
  std::vector<int> status(3);
  for (int i = 0; i < 3; ++i) threads.emplace_back([&, i] { status[static_cast<std::size_t>(i)] = Deliver(body); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(status, (std::vector<int>{200, 200, 200}));
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Get(intent.id()).amount_captured().amount_minor(), 1990);
  EXPECT_EQ(Count("webhook_deliveries"), 1);
  EXPECT_EQ(Count("outbox WHERE type LIKE '%PaymentSucceeded'"), 1);
}

// Two replicas judge the same event as new. Whoever stores it second waits for the first one's commit, and judges again.
TEST_F(Webhook, W01_TakenByTwoReplicasAtOnceIsJudgedAgain) {
  TakeWebhook first;
  first.delivery = {deps->ids.New<DeliveryId>(), tenant, "hmac", "ev_1", "ping", std::string(32, 'h'), "{}", clock.Now()};
  first.event.kind = psp::Event::Kind::kIgnored;
  auto second = first;
  second.delivery.id = deps->ids.New<DeliveryId>();
  std::thread other;
  std::vector<store::Intake> late;
  int judged = 0;
  app->TransactSync(db::Scope::Of(tenant), [&](db::Tx& tx) {
    EXPECT_EQ(TakeWebhooks(tx, *deps, std::span(&first, 1)).front(), store::Intake::kFresh);
    other = std::thread([&] {
      app->TransactSync(db::Scope::Of(tenant), [&](db::Tx& theirs) {
        ++judged;
        late = TakeWebhooks(theirs, *deps, std::span(&second, 1));
      });
    });
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto waits = [&] { return Count("pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0; };
    while (!waits() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  });
  other.join();
  EXPECT_EQ(late, std::vector{store::Intake::kDuplicate});
  EXPECT_EQ(judged, 2);
  EXPECT_EQ(Count("webhook_deliveries"), 1);
}

TEST_F(Webhook, W02_RacingTheSynchronousAnswerIsOneTransition) {
  hmac->Slow(std::chrono::milliseconds(200));
  std::thread create([this] { Created("key-0002"); });
  while (Count("payments") == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  Intent intent;
  intent.set_id("pay_" + Value("SELECT replace(id::text, '-', '') FROM payments"));
  intent.set_psp_reference("hmac_1_" + Value("SELECT replace(id::text, '-', '') FROM payment_attempts"));
  EXPECT_EQ(Deliver(Event("ev_1", "payment.succeeded", intent)), 200);
  create.join();
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Count("outbox WHERE type LIKE '%PaymentSucceeded'"), 1);
  EXPECT_EQ(Count("payment_attempts WHERE psp_reference <> ''"), 1);
}

TEST_F(Webhook, W03_OtherBytesUnderAKnownEventIdAreQuarantined) {
  const auto intent = Created("key-0003");
  EXPECT_EQ(Deliver(Event("ev_1", "payment.failed", intent)), 200);
  EXPECT_EQ(Deliver(Event("ev_1", "payment.succeeded", intent)), 200);
  EXPECT_EQ(Get(intent.id()).detail(), "declined");
  EXPECT_EQ(Count("webhook_deliveries WHERE state = 'quarantined'"), 1);
  EXPECT_EQ(Count("audit_log WHERE action = 'QuarantineWebhook'"), 1);
}

TEST_F(Webhook, W04_TwoEventsOfOneEffectAreOneEffect) {
  const auto intent = Created("key-0004");
  Deliver(Event("ev_1", "payment.succeeded", intent));
  const auto version = Get(intent.id()).version();
  EXPECT_EQ(Deliver(Event("ev_2", "payment.succeeded", intent)), 200);
  EXPECT_EQ(Get(intent.id()).amount_captured().amount_minor(), 1990);
  EXPECT_EQ(Get(intent.id()).version(), version);
  EXPECT_EQ(Count("refunds"), 0);
}

TEST_F(Webhook, W05_OldEventDoesNotRegressState) {
  const auto intent = Paid("key-0005");
  EXPECT_EQ(Deliver(Event("ev_old", "payment.failed", intent)), 200);
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
}

TEST_F(Webhook, W06_BeforeItsPaymentIsParkedThenApplied) {
  Intent early;
  early.set_id("pay_0123456789abcdef0123456789abcdef");
  early.set_psp_reference("hp_early");
  EXPECT_EQ(Deliver(Event("ev_1", "payment.succeeded", early)), 200);
  EXPECT_EQ(Value("SELECT state || ' ' || reason FROM webhook_deliveries"), "parked unknown_payment");
  EXPECT_EQ(Run(ReplayParked(*deps)), 0);
  // The attempt's row appears under that reference.
  const auto intent = Created("key-0006");
  Value("UPDATE payment_attempts SET psp_reference = 'hp_early' RETURNING 1");
  clock.Advance(std::chrono::seconds(5));
  EXPECT_EQ(Run(ReplayParked(*deps)), 1);
  EXPECT_EQ(Value("SELECT state FROM webhook_deliveries"), "applied");
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
}

TEST_F(Webhook, W06_WhatNeverMatchesStaysForAPerson) {
  Intent none;
  none.set_id("pay_0123456789abcdef0123456789abcdef");
  Deliver(Event("ev_1", "payment.succeeded", none));
  int replays = 0;
  for (int i = 0; i < 10; ++i) {
    clock.Advance(std::chrono::hours(2));
    replays += Run(ReplayParked(*deps));
  }
  EXPECT_EQ(replays, 5);
  EXPECT_EQ(Count("webhook_deliveries WHERE state = 'parked' AND retry_at IS NULL"), 1);
}

TEST_F(Webhook, W07_AnotherAmountIsConflictedAndNothingIsGranted) {
  const auto intent = Created("key-0007");
  EXPECT_EQ(Deliver(Event("ev_1", "payment.succeeded", intent, "", 1)), 200);
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
  EXPECT_EQ(Get(intent.id()).detail(), "conflicted");
  EXPECT_EQ(Get(intent.id()).amount_captured().amount_minor(), 1);
  EXPECT_EQ(Events(intent.id()).back(), "PaymentConflicted");
  EXPECT_EQ(Count("refunds"), 0);
}

TEST_F(Webhook, W07_AnotherConnectionsMoneyIsNotTaken) {
  Set("psp.second.provider", "hmac");
  Set("psp.second.api_key", "second-api-key");
  Set("psp.second.webhook_secrets", "second-webhook-secret");
  const auto intent = Created("key-0008");
  EXPECT_EQ(Deliver(Event("ev_1", "payment.succeeded", intent), "second", "second-webhook-secret"), 200);
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
  EXPECT_EQ(Value("SELECT reason FROM webhook_deliveries"), "unknown_connection");
}

TEST_F(Webhook, W08_AnotherEnvironmentIsQuarantined) {
  const std::string body = R"({"id":"evt_1","object":"event","type":"payment_intent.succeeded","created":1790000000,)"
                           R"("livemode":true,"data":{"object":{"id":"pi_1"}}})";
  EXPECT_EQ(DeliverStripe(body), 200);
  EXPECT_EQ(DeliverStripe(body), 200) << "and once more";
  EXPECT_EQ(Value("SELECT state || ' ' || reason FROM webhook_deliveries"), "quarantined environment");
  EXPECT_EQ(Count("webhook_deliveries"), 1);
}

TEST_F(Webhook, W10_W11_W12_BadSignaturesMoveNothing) {
  const auto intent = Created("key-0010");
  const auto body = Event("ev_1", "payment.succeeded", intent);
  auto forged = Signed(body);
  forged.webhook.body = Event("ev_1", "payment.succeeded", intent, "", 999999);
  EXPECT_EQ(Ingest(forged), 401);
  EXPECT_EQ(Deliver(body, "hmac", "not the secret"), 401);
  auto old = Signed(body);
  clock.Advance(std::chrono::minutes(10));
  EXPECT_EQ(Ingest(old), 401);
  auto unsigned_one = Signed(body);
  unsigned_one.webhook.headers.clear();
  EXPECT_EQ(Ingest(unsigned_one), 401);
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
  EXPECT_EQ(Count("webhook_deliveries"), 0);
  EXPECT_EQ(Count("webhook_rejections"), 4);
  EXPECT_EQ(Count("audit_log WHERE action = 'RejectWebhook'"), 4);
}

TEST_F(Webhook, D10_WebhooksRefusedForAClockThatIsOffAreCountedAsSuch) {
  auto early = Signed("{}");
  clock.Advance(std::chrono::minutes(10));
  EXPECT_EQ(Ingest(early), 401);
  auto late = Signed("{}");
  clock.Advance(-std::chrono::minutes(10));
  EXPECT_EQ(Ingest(late), 401);
  EXPECT_EQ(Value("SELECT string_agg(DISTINCT reason, ',') FROM webhook_rejections"), "timestamp_outside");
  EXPECT_NE(metrics->registry.Render().find("quittance_billing_webhook_rejections_total{reason=\"timestamp_outside\"} 2"),
            std::string::npos);
}

TEST_F(Webhook, RejectionsAreBounded) {
  for (int i = 0; i < store::kRejectionsPerMinute + 5; ++i) EXPECT_EQ(Deliver("{}", "hmac", "not the secret"), 401);
  EXPECT_EQ(Count("webhook_rejections"), store::kRejectionsPerMinute);
}

TEST_F(Webhook, UnknownTenantConnectionAndSize) {
  auto command = Signed("{}");
  command.tenant = "nobody";
  EXPECT_EQ(Ingest(command), 404);
  command = Signed("{}");
  command.connection = "paypal";
  EXPECT_EQ(Ingest(command), 404);
  EXPECT_EQ(Deliver(std::string(kWebhookBytesMax + 1, ' ')), 413);
}

TEST_F(Webhook, W20_UnreadableAfterAGoodSignatureIsParked) {
  EXPECT_EQ(Deliver(R"({"id":"a","id":"b"})"), 200);
  EXPECT_EQ(Deliver(""), 200);
  EXPECT_EQ(Count("webhook_deliveries WHERE state = 'parked' AND reason = 'unreadable'"), 2);
}

TEST_F(Webhook, W27_UnknownTypesAreStored) {
  const auto intent = Created("key-0027");
  EXPECT_EQ(Deliver(Event("ev_1", "payout.paid", intent)), 200);
  EXPECT_EQ(Value("SELECT state || ' ' || reason FROM webhook_deliveries"), "ignored unknown_type");
}

TEST_F(Webhook, BodiesAreSealedAtRest) {
  const auto intent = Created("key-0028");
  Deliver(Event("ev_1", "payment.succeeded", intent));
  EXPECT_EQ(Count("webhook_deliveries WHERE position('" + intent.id() + "'::bytea IN body) > 0"), 0);
}

TEST_F(Webhook, AHintMakesThePspBeAsked) {
  auto command = CreateCommand("key-0029");
  command.connection = "stripe";
  const auto intent = Read(*Create(command));
  stripe->Pay(intent.psp_reference(), 1990);
  const std::string body = R"({"id":"evt_9","object":"event","type":"checkout.session.completed","created":1790000000,)"
                           R"("livemode":false,"data":{"object":{"id":"cs_1","payment_intent":")" +
                           intent.psp_reference() + R"("}}})";
  EXPECT_EQ(DeliverStripe(body), 200);
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
  EXPECT_EQ(Run(ReplayParked(*deps)), 1);
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
}

TEST_F(Webhook, DisputesSuspendAndRestore) {
  const auto intent = Paid("key-0030");
  Deliver(Event("ev_d1", "payment.disputed", intent));
  EXPECT_EQ(Get(intent.id()).detail(), "disputed");
  EXPECT_EQ(Events(intent.id()).back(), "PaymentDisputed");
  Deliver(Event("ev_d2", "payment.disputed", intent, R"(,"status":"won")"));
  EXPECT_EQ(Get(intent.id()).detail(), "settled");
  EXPECT_EQ(Events(intent.id()).back(), "DisputeClosed");
}

TEST_F(Webhook, VersionsAreContiguous) {
  const auto intent = Paid("key-0031");
  Deliver(Event("ev_r1", "payment.refunded", intent, R"(,"refund_reference":"hr_1")", 500));
  EXPECT_EQ(Value("SELECT string_agg(sequence::text, ',' ORDER BY id) FROM outbox WHERE key = '" + intent.id() + "'"), "1,2,3,4,5,6");
  EXPECT_EQ(Events(intent.id()), (std::vector<std::string>{"PaymentCreated", "PaymentRequiresAction", "PaymentSucceeded", "RefundOpened",
                                                           "RefundSucceeded", "PaymentPartiallyRefunded"}));
  EXPECT_EQ(Get(intent.id()).version(), 6);
}

}  // namespace
}  // namespace quittance::billing::test
