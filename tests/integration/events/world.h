// What every test here works with: a migrated database with its pools, ids, sample events, and a small projection that handlers write.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/db/database.h"
#include "common/events/cloud_event.h"
#include "common/events/consumer.h"
#include "common/events/event.h"
#include "common/metrics/registry.h"

namespace quittance::events::test {

inline constexpr std::string_view kType = "quittance.billing.v1.PaymentUpdated";
inline constexpr std::string_view kTopic = "quittance.billing.v1";
inline constexpr std::string_view kGroup = "quittance-test";

SteadyTime In(std::chrono::milliseconds time);
bool Eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::milliseconds(90'000));

TenantId SomeTenant();
// A fresh event of aggregate `key`; its data says which.
Event MakeEvent(const std::string& key, std::int64_t sequence);
Message ToMessage(const Event& event, std::int64_t offset, int partition = 0);
Event ToEvent(const Message& message);

class World : public ::testing::Test {
 protected:
  void SetUp() override;  // empties all tables

  db::Database& app();
  db::Database& system();
  static std::string SystemUrl();

  void Append(const std::vector<Event>& events);
  // One number of the database.
  std::int64_t Number(const std::string& sql);
  std::string Text(const std::string& sql);

  // Writes every event to test_effects and its state to test_state, where the newest version stays.
  static void Effect(db::Tx& tx, const Event& event);
  std::vector<Subscription> Table(Handler handler = &World::Effect);
  std::vector<std::int64_t> SequencesOf(const std::string& key);  // as applied, in order

  metrics::Registry metrics;
};

}  // namespace quittance::events::test
