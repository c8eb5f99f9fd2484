// The outbox and its relay against a real database and a broker over TCP.
#include <future>
#include <latch>
#include <map>

#include "common/events/lease.h"
#include "common/events/outbox.h"
#include "common/events/producer.h"
#include "common/events/relay.h"
#include "tests/integration/events/mock_broker.h"
#include "tests/integration/events/world.h"

namespace quittance::events::test {
namespace {

using std::chrono::milliseconds;

class RelayTest : public World {
 protected:
  RelayOptions Options(const std::string& owner = "one") {
    return {broker.address(), std::string(kTopic), "/quittance/billing", owner, 500, milliseconds(10'000)};
  }
  bool OutboxEmpties(milliseconds limit = milliseconds(90'000)) {
    return Eventually([&] { return Number("SELECT count(*) FROM outbox") == 0; }, limit);
  }
  std::vector<Message> Published(std::size_t count) { return ReadTopic(broker.address(), std::string(kTopic), count); }

  MockBroker broker;
};

std::map<std::string, std::vector<std::int64_t>> BySubject(const std::vector<Message>& messages) {
  std::map<std::string, std::vector<std::int64_t>> found;
  for (const Message& message : messages) found[*message.key].push_back(ToEvent(message).sequence);
  return found;
}

TEST_F(RelayTest, K04_PublishesEachAggregateInOrderAndDeletes) {
  Relay relay(Options(), system(), metrics);
  relay.Start();
  for (int sequence = 1; sequence <= 20; ++sequence) {
    std::vector<Event> events;
    for (int i = 0; i < 30; ++i) events.push_back(MakeEvent("pay_" + std::to_string(i), sequence));
    Append(events);
  }
  ASSERT_TRUE(OutboxEmpties());
  const auto found = BySubject(Published(600));
  ASSERT_EQ(found.size(), 30u);
  for (const auto& [key, sequences] : found) {
    ASSERT_EQ(sequences.size(), 20u) << key;
    for (std::size_t i = 0; i < sequences.size(); ++i) ASSERT_EQ(sequences[i], static_cast<std::int64_t>(i + 1)) << key;
  }
  EXPECT_NE(metrics.Render().find("quittance_outbox_published_total 600"), std::string::npos);
}

TEST_F(RelayTest, PublishesWithCloudEventsHeaders) {
  Relay relay(Options(), system(), metrics);
  relay.Start();
  const Event event = MakeEvent("pay_headers", 3);
  Append({event});
  const auto published = Published(1);
  ASSERT_EQ(published.size(), 1u);
  EXPECT_EQ(published.front().headers, ToHeaders(event, "/quittance/billing"));
  EXPECT_EQ(published.front().key, event.key);
  EXPECT_EQ(published.front().data, event.data);
}

TEST_F(RelayTest, K01_AnIdThatCommitsLateIsPublished) {
  Relay relay(Options(), system(), metrics);
  relay.Start();
  std::latch drawn(1);
  std::latch go(1);
  auto slow = std::async(std::launch::async, [&] {
    system().TransactSync(db::Scope::System(), [&](db::Tx& tx) {
      AppendToOutbox(tx, MakeEvent("pay_slow", 1));
      drawn.count_down();
      go.wait();
    });
  });
  drawn.wait();
  Append({MakeEvent("pay_fast", 1)});  // a higher id, visible first
  EXPECT_EQ(BySubject(Published(1)).count("pay_fast"), 1u);
  go.count_down();
  slow.get();
  ASSERT_TRUE(OutboxEmpties());
  EXPECT_EQ(BySubject(Published(2)).count("pay_slow"), 1u);
}

TEST_F(RelayTest, K02_AnIdThatWasRolledBackStallsNothing) {
  Relay relay(Options(), system(), metrics);
  relay.Start();
  EXPECT_THROW(system().TransactSync(db::Scope::System(),
                                     [&](db::Tx& tx) {
                                       AppendToOutbox(tx, MakeEvent("pay_gone", 1));
                                       throw std::runtime_error("refused");
                                     }),
               std::runtime_error);
  Append({MakeEvent("pay_kept", 1)});
  ASSERT_TRUE(OutboxEmpties());
  const auto found = BySubject(Published(1));
  EXPECT_EQ(found.count("pay_gone"), 0u);
  EXPECT_EQ(found.count("pay_kept"), 1u);
}

TEST_F(RelayTest, K05_WhatACrashLeftIsPublishedAfterTheRestart) {
  Append({MakeEvent("pay_a", 1), MakeEvent("pay_a", 2)});  // nobody publishes: the process died after its commit
  Relay relay(Options(), system(), metrics);
  relay.Start();
  ASSERT_TRUE(OutboxEmpties());
  EXPECT_EQ(BySubject(Published(2))["pay_a"], (std::vector<std::int64_t>{1, 2}));
}

TEST_F(RelayTest, K06_AckedButNotDeletedIsPublishedTwice) {
  const Event event = MakeEvent("pay_twice", 1);
  Append({event});
  {
    Producer producer({broker.address(), std::string(kTopic), "/quittance/billing"});  // the first life: acknowledged, then killed
    const auto published = producer.Publish(std::span(&event, 1), [] { return true; });
    ASSERT_EQ(published.deliveries.front(), Delivery::kAcked);
  }
  Relay relay(Options(), system(), metrics);
  relay.Start();
  ASSERT_TRUE(OutboxEmpties());
  const auto found = Published(2);
  ASSERT_EQ(found.size(), 2u);  // the consumer's inbox takes the second (consumer_test.cpp)
  EXPECT_EQ(ToEvent(found[0]).id, ToEvent(found[1]).id);
}

TEST_F(RelayTest, K07_BrokerDownTheOutboxGrowsAndDrainsInOrder) {
  Relay relay(Options(), system(), metrics);
  relay.Start();
  Append({MakeEvent("pay_0", 1)});
  ASSERT_TRUE(OutboxEmpties());
  broker.Down();
  for (int sequence = 2; sequence <= 40; ++sequence) {
    Append({MakeEvent("pay_0", sequence)});  // writing goes on
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_EQ(Number("SELECT count(*) FROM outbox"), 39);
  broker.Up();
  ASSERT_TRUE(OutboxEmpties(milliseconds(30'000)));
  std::vector<std::int64_t> seen;  // repetitions are allowed, going back is not
  for (const Message& message : Published(40)) {
    const auto sequence = ToEvent(message).sequence;
    if (seen.empty() || sequence > seen.back()) seen.push_back(sequence);
  }
  ASSERT_EQ(seen.size(), 40u);
}

TEST_F(RelayTest, K10_AFatalProducerErrorIsRebuiltAndRewound) {
  Relay relay(Options(), system(), metrics);
  relay.Start();
  Append({MakeEvent("pay_0", 1)});
  ASSERT_TRUE(OutboxEmpties());
  broker.FailProduce({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  Append({MakeEvent("pay_0", 2), MakeEvent("pay_0", 3), MakeEvent("pay_0", 4)});
  ASSERT_TRUE(OutboxEmpties(milliseconds(30'000)));
  EXPECT_EQ(BySubject(Published(4))["pay_0"].back(), 4);
}

TEST_F(RelayTest, K13_AnEventTooLargeIsRefusedWhenWritten) {
  Event event = MakeEvent("pay_large", 1);
  event.data.assign(kEventBytesMax + 1, 'x');
  EXPECT_THROW(Append({event}), std::length_error);
  event.data.pop_back();
  Append({event});
  Relay relay(Options(), system(), metrics);
  relay.Start();
  EXPECT_TRUE(OutboxEmpties());
}

TEST_F(RelayTest, K12_TwoRelaysOneOwner) {
  metrics::Registry other_metrics;
  Relay one(Options("one"), system(), metrics);
  one.Start();
  ASSERT_TRUE(Eventually([&] { return Text("SELECT owner FROM relay_lease WHERE until > now()") == "one"; }));
  Relay two(Options("two"), system(), other_metrics);
  two.Start();
  std::vector<Event> events;
  for (int i = 1; i <= 200; ++i) events.push_back(MakeEvent("pay_0", i));
  for (const Event& event : events) Append({event});
  ASSERT_TRUE(OutboxEmpties());
  EXPECT_EQ(Published(200).size(), 200u);  // no duplicate: only one published
  EXPECT_NE(other_metrics.Render().find("quittance_outbox_published_total 0"), std::string::npos);

  one.Drain(In(milliseconds(5000)));  // gives the lease back: the other goes on at once
  Append({MakeEvent("pay_0", 201)});
  ASSERT_TRUE(OutboxEmpties(milliseconds(3000)));
  EXPECT_EQ(Text("SELECT owner || ' ' || epoch FROM relay_lease"), "two 2");
  EXPECT_EQ(BySubject(Published(201))["pay_0"].size(), 201u);
}

TEST_F(RelayTest, K12_AnOwnerThatWasHeldUpStopsBeforeAnotherStarts) {
  Lease held_up(system(), "t", "one", milliseconds(1000));
  Lease other(system(), "t", "two", milliseconds(1000));
  ASSERT_TRUE(held_up.Hold());
  EXPECT_TRUE(held_up.MayProduce());
  EXPECT_FALSE(other.Hold());
  std::this_thread::sleep_for(milliseconds(550));
  EXPECT_FALSE(held_up.MayProduce());  // half is over, it was not renewed
  EXPECT_FALSE(other.Hold());          // but nobody else may yet
  std::this_thread::sleep_for(milliseconds(600));
  EXPECT_TRUE(other.Hold());
  EXPECT_EQ(other.epoch(), 2);
  EXPECT_FALSE(held_up.Hold());
  other.Release();
  EXPECT_TRUE(held_up.Hold());
  EXPECT_EQ(held_up.epoch(), 3);
}

TEST_F(RelayTest, DrainPublishesWhatIsCommitted) {
  Relay relay(Options(), system(), metrics);
  relay.Start();
  std::vector<Event> events;
  for (int i = 1; i <= 1500; ++i) events.push_back(MakeEvent("pay_" + std::to_string(i), 1));
  Append(events);
  relay.Drain(In(milliseconds(60'000)));
  EXPECT_EQ(Number("SELECT count(*) FROM outbox"), 0);
  EXPECT_EQ(Published(1500).size(), 1500u);
}

// Committed while the relay reads, and at once told to end: it looks once more.
TEST_F(RelayTest, DrainPublishesWhatWasCommittedDuringItsLastRead) {
  for (int round = 1; round <= 25; ++round) {
    Relay relay(Options(), system(), metrics);
    relay.Start();
    std::this_thread::sleep_for(milliseconds(round));
    Append({MakeEvent("pay_0", round)});
    relay.Drain(In(milliseconds(60'000)));
    ASSERT_EQ(Number("SELECT count(*) FROM outbox"), 0) << round;
  }
}

TEST_F(RelayTest, DrainIsBoundedWhileTheBrokerIsAway) {
  broker.Down();
  Relay relay(Options(), system(), metrics);
  relay.Start();
  Append({MakeEvent("pay_0", 1)});
  std::this_thread::sleep_for(milliseconds(300));
  const auto begun = std::chrono::steady_clock::now();
  relay.Drain(In(milliseconds(500)));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(30'000));
  EXPECT_EQ(Number("SELECT count(*) FROM outbox"), 1);
}

TEST_F(RelayTest, TheBacklogShowsWhileTheBrokerIsAway) {
  broker.Down();
  Relay relay(Options(), system(), metrics);
  relay.Start();
  Append({MakeEvent("pay_0", 1), MakeEvent("pay_0", 2), MakeEvent("pay_0", 3)});
  EXPECT_TRUE(Eventually([&] { return metrics.Render().find("quittance_outbox_pending 3\n") != std::string::npos; }));
  EXPECT_NE(metrics.Render().find("quittance_outbox_oldest_age_seconds "), std::string::npos);
  EXPECT_NE(metrics.Render().find("quittance_outbox_failures_total 0\n"), std::string::npos);
  broker.Up();
  EXPECT_TRUE(OutboxEmpties());
  EXPECT_TRUE(Eventually([&] { return metrics.Render().find("quittance_outbox_pending 0\n") != std::string::npos; }));
}

TEST_F(RelayTest, RowsOfOtherTenantsAreNotWritten) {
  Event event = MakeEvent("pay_foreign", 1);
  event.tenant = TenantId{*Uuid::Parse("00000000000070008000000000000001")};
  EXPECT_ANY_THROW(app().TransactSync(db::Scope::Of(SomeTenant()), [&](db::Tx& tx) { AppendToOutbox(tx, event); }));
}

}  // namespace
}  // namespace quittance::events::test
