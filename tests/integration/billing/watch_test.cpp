// What callers and operators look at: watches, timelines, deliveries, lists, exports.
#include <condition_variable>
#include <thread>

#include "services/billing/usecases/deliveries.h"
#include "services/billing/usecases/export_payments.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

class Looking : public BillingTest {
 protected:
  // A client on the other end of a stream.
  struct Client {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::int64_t> versions;
    std::optional<Result<void>> end;
    std::atomic<bool> gone{false};

    bool WaitFor(const std::function<bool()>& done) {
      std::unique_lock lock(mutex);
      return changed.wait_for(lock, std::chrono::seconds(20), done);
    }
  };

  std::shared_ptr<Client> Watch(const std::string& id, std::int64_t version) {
    auto client = std::make_shared<Client>();
    executor->Spawn(WatchAs(client, {backend, *PaymentId::Parse(id, "id"), version}));
    return client;
  }
  Task<void> WatchAs(std::shared_ptr<Client> client, WatchPaymentIntentQuery query) {
    const EmitPayment emit = [client](Payment payment) -> Task<bool> {
      const std::lock_guard lock(client->mutex);
      client->versions.push_back(payment.version);
      client->changed.notify_all();
      co_return !client->gone;
    };
    const std::function<bool()> gone = [client] { return client->gone.load(); };
    auto end = co_await WatchPaymentIntent(*deps, query, emit, gone);
    const std::lock_guard lock(client->mutex);
    client->end = std::move(end);
    client->changed.notify_all();
  }

  std::vector<Delivery> Deliveries(std::optional<DeliveryState> state = std::nullopt) {
    return Run(ListWebhookDeliveries(*deps, {backend, "", state, std::nullopt, {50, std::nullopt}}))->deliveries;
  }
  Result<db::Reply> Replay(const std::string& key, DeliveryId id) {
    return Run(ReplayWebhookDelivery(*deps, {backend, {backend.subject, ""}, Call(key), id}));
  }
};

TEST_F(Looking, AWatchSendsWhatIsNewAndResumesByVersion) {
  watch->Start();
  const auto intent = Created("key-0001");
  const auto client = Watch(intent.id(), 0);
  ASSERT_TRUE(client->WaitFor([&] { return client->versions.size() == 1; }));
  Deliver(Event("ev_1", "payment.succeeded", intent));
  const auto version = Get(intent.id()).version();
  ASSERT_TRUE(client->WaitFor([&] { return client->versions.back() == version; }));
  const auto resumed = Watch(intent.id(), version);
  EXPECT_TRUE(Refund("ref-0001", intent.id(), 500).ok());
  const auto newest = Get(intent.id()).version();
  ASSERT_TRUE(resumed->WaitFor([&] { return !resumed->versions.empty() && resumed->versions.back() == newest; }));
  EXPECT_GT(resumed->versions.front(), version);
  EXPECT_TRUE(std::is_sorted(client->versions.begin(), client->versions.end()));
}

TEST_F(Looking, ADrainEndsEveryWatch) {
  watch->Start();
  const auto intent = Created("key-0002");
  const auto client = Watch(intent.id(), 0);
  ASSERT_TRUE(client->WaitFor([&] { return client->versions.size() == 1; }));
  watch->Stop();
  ASSERT_TRUE(client->WaitFor([&] { return client->end.has_value(); }));
  EXPECT_EQ(client->end->error().code, Code::kUnavailable);
  const auto late = Watch(intent.id(), client->versions.back());
  ASSERT_TRUE(late->WaitFor([&] { return late->end.has_value(); }));
  EXPECT_EQ(late->end->error().code, Code::kUnavailable);
}

TEST_F(Looking, AClientThatGoesAwayIsForgotten) {
  watch->Start();
  const auto intent = Created("key-0003");
  const auto client = Watch(intent.id(), 0);
  ASSERT_TRUE(client->WaitFor([&] { return client->versions.size() == 1; }));
  client->gone = true;
  ASSERT_TRUE(client->WaitFor([&] { return client->end.has_value(); }));
  EXPECT_TRUE(client->end->ok());
}

TEST_F(Looking, NobodyWatchesWhatIsNotTheirs) {
  const auto intent = Created("key-0004");
  Caller stranger;
  stranger.kind = Caller::Kind::kUser;
  stranger.tenant = tenant;
  stranger.user = other_user;
  const EmitPayment emit = [](Payment) -> Task<bool> { co_return true; };
  const auto end = Run(WatchPaymentIntent(*deps, {stranger, *PaymentId::Parse(intent.id(), "id"), 0}, emit, [] { return false; }));
  EXPECT_EQ(end.error().code, Code::kPermissionDenied);
}

TEST_F(Looking, ATimelineTellsFactsDeliveriesCallsAndAudit) {
  const auto intent = Paid("key-0005");
  hmac->Script({FakePsp::Next::kLostAnswer});
  EXPECT_TRUE(Refund("ref-0001", intent.id(), 500).ok());
  const auto timeline = Run(GetPaymentTimeline(*deps, backend, *PaymentId::Parse(intent.id(), "id")));
  ASSERT_TRUE(timeline.ok());
  const auto count = [&](EntryKind kind, const std::string& what, const std::string& detail = "") {
    return std::count_if(timeline->entries.begin(), timeline->entries.end(), [&](const TimelineEntry& entry) {
      return entry.kind == kind && entry.what == what && (detail.empty() || entry.detail == detail);
    });
  };
  EXPECT_EQ(count(EntryKind::kCall, "create"), 1);
  EXPECT_EQ(count(EntryKind::kCall, "refund", "no answer"), 1);
  EXPECT_EQ(count(EntryKind::kDelivery, "payment.succeeded", "applied"), 1);
  EXPECT_EQ(count(EntryKind::kFact, "captured"), 1);
  EXPECT_EQ(count(EntryKind::kAudit, "CreatePaymentIntent"), 1);
  EXPECT_EQ(count(EntryKind::kAudit, "RefundPayment"), 1);
  const auto event = Value("SELECT event_id::text FROM outbox WHERE type LIKE '%PaymentSucceeded'");
  EXPECT_TRUE(std::any_of(timeline->entries.begin(), timeline->entries.end(),
                          [&](const TimelineEntry& e) { return !e.event_id.empty() && Uuid::Parse(e.event_id)->Hex() == e.event_id; }));
  EXPECT_EQ(Count("audit_log WHERE event_id = '" + event + "'"), 1);
}

TEST_F(Looking, W06_AnUnmatchedWebhookIsTriedForAnHourAndThenAPersonReplaysIt) {
  auto intent = Created("key-0006");
  auto unknown = intent;
  unknown.set_id("pay_0123456789abcdef0123456789abcdef");
  unknown.set_psp_reference("hmac_unknown");
  EXPECT_EQ(Deliver(Event("ev_1", "payment.succeeded", unknown)), 200);
  for (const auto pause : {5, 30, 120, 600, 3600}) {
    EXPECT_EQ(Run(ReplayParked(*deps)), 0);
    clock.Advance(std::chrono::seconds(pause));
    EXPECT_EQ(Run(ReplayParked(*deps)), 1) << pause;
  }
  clock.Advance(std::chrono::days(1));
  EXPECT_EQ(Run(ReplayParked(*deps)), 0);
  const auto parked = Deliveries(DeliveryState::kParked);
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_FALSE(parked[0].retry_time);
  EXPECT_EQ(parked[0].reason, "unknown_payment");

  const auto replayed = Replay("rep-0001", parked[0].id);
  ASSERT_TRUE(replayed.ok()) << replayed.error().message;
  EXPECT_EQ(Replay("rep-0001", parked[0].id)->bytes, replayed->bytes);
  EXPECT_EQ(Run(ReplayParked(*deps)), 1);
  EXPECT_TRUE(Run(GetWebhookDelivery(*deps, backend, parked[0].id))->retry_time);
}

TEST_F(Looking, AReplayOfWhatWasAppliedChangesNothing) {
  const auto intent = Paid("key-0007");
  const auto version = Get(intent.id()).version();
  const auto applied = Deliveries(DeliveryState::kApplied);
  ASSERT_EQ(applied.size(), 1u);
  ASSERT_TRUE(Replay("rep-0001", applied[0].id).ok());
  EXPECT_EQ(Run(ReplayParked(*deps)), 1);
  EXPECT_EQ(Get(intent.id()).version(), version);
  EXPECT_EQ(Deliveries(DeliveryState::kApplied).size(), 1u);
  EXPECT_EQ(Count("payment_facts WHERE kind = 'captured'"), 1);
}

TEST_F(Looking, W03_AQuarantinedWebhookIsNeverReplayed) {
  const auto intent = Paid("key-0008");
  Deliver(Event("ev_key-0008", "payment.succeeded", intent, R"(,"more":1)"));
  const auto quarantined = Deliveries(DeliveryState::kQuarantined);
  ASSERT_EQ(quarantined.size(), 1u);
  EXPECT_EQ(Replay("rep-0001", quarantined[0].id).error().reason, Reason::kStateConflict);
  EXPECT_EQ(Replay("rep-0002", DeliveryId{ids.Next()}).error().reason, Reason::kNotFound);
}

TEST_F(Looking, ABadWebhookIsAuditedByItsHash) {
  const auto intent = Created("key-0009");
  const auto body = Event("ev_1", "payment.succeeded", intent);
  EXPECT_EQ(Deliver(body, "hmac", "another-secret"), 401);
  EXPECT_EQ(Count("audit_log WHERE action = 'RejectWebhook' AND detail LIKE '%' || encode(sha256('" + body + "'), 'hex') || '%'"), 1);
}

TEST_F(Looking, RefundsAreListed) {
  const auto intent = Paid("key-0010");
  EXPECT_TRUE(Refund("ref-0001", intent.id(), 500).ok());
  EXPECT_TRUE(Refund("ref-0002", intent.id(), 400).ok());
  ListRefundsQuery query{backend, std::nullopt, std::nullopt, std::nullopt, {1, std::nullopt}};
  const auto first = Run(ListRefunds(*deps, query));
  ASSERT_EQ(first->refunds.size(), 1u);
  EXPECT_EQ(first->refunds[0].amount.amount_minor, 400);
  EXPECT_FALSE(first->next_page_token.empty());
  query.page = *ParsePage(1, first->next_page_token);
  EXPECT_EQ(Run(ListRefunds(*deps, query))->refunds[0].amount.amount_minor, 500);
  query.status = RefundStatus::kFailed;
  EXPECT_TRUE(Run(ListRefunds(*deps, query))->refunds.empty());
}

TEST_F(Looking, TheExportHoldsThePeriodAndNoFormula) {
  const TimePoint begin = clock.Now();
  auto command = CreateCommand("key-0011");
  command.purpose = {PurposeKind::kReference, "=HYPERLINK(\"http://x\")"};
  command.amount = Money{45'000, *Currency::Parse("XOF")};
  EXPECT_TRUE(Create(command).ok());
  const auto intent = Paid("key-0012");
  EXPECT_TRUE(Refund("ref-0001", intent.id(), 500).ok());
  const TimePoint end = clock.Now() + std::chrono::seconds(1);
  std::string csv;
  const EmitText emit = [&csv](std::string text) -> Task<bool> {
    csv += text;
    co_return true;
  };
  ASSERT_TRUE(Run(ExportPayments(*deps, {backend, begin, end}, emit)).ok());
  EXPECT_TRUE(csv.starts_with("kind,id,payment_id,user_id,create_time,status,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4);
  EXPECT_NE(csv.find(",45000,XOF,"), std::string::npos);
  EXPECT_NE(csv.find(",19.90,EUR,19.90,5.00,0.00,0.00,"), std::string::npos);
  EXPECT_NE(csv.find("\"'=HYPERLINK(\"\"http://x\"\")\""), std::string::npos);
  csv.clear();
  ASSERT_TRUE(Run(ExportPayments(*deps, {backend, end, end + std::chrono::hours(1)}, emit)).ok());
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1);
  EXPECT_EQ(Count("audit_log WHERE action = 'ExportPayments'"), 2);
}

}  // namespace
}  // namespace quittance::billing::test
