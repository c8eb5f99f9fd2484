// The consumer of one service: batches in partition order; inbox claim, effects and outbox in one transaction; offsets committed after it.
// A batch that fails is replayed event by event; one that fails kTriesMax times becomes a row of dead_letters in the transaction of its
// inbox claim, and the partition moves on. A fault of the database pauses instead (no try is consumed).
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/db/database.h"
#include "common/events/event.h"

namespace quittance::events {

inline constexpr int kTriesMax = 5;

// The effect of one event, inside the batch's transaction (system role). Throws what it cannot do; a Fault from the database pauses the
// partition, anything else counts as a try.
using Handler = std::function<void(db::Tx&, const Event&)>;

// The effect of several events at once, in their order; one aggregate may come more than once.
using SetHandler = std::function<void(db::Tx&, std::span<const Event* const>)>;

struct Subscription {
  std::string type;  // ce_type; the topic is its package: quittance.billing.v1
  Handler handler;
  std::shared_ptr<const SetHandler> set = {};  // where it is there, neighbours in a batch whose rows share it go through it together
};

// Rows whose effect is set-based, one handler for events of all these types: a single event is a set of one.
std::vector<Subscription> InSets(const std::vector<std::string>& types, SetHandler set);

// Cuts `items` into runs in which no key comes twice, in their order: for a set-based effect that may meet each row once.
template <class Item, class KeyOf>
std::vector<std::span<const Item>> RunsOfDistinct(std::span<const Item> items, KeyOf key_of) {
  std::vector<std::span<const Item>> runs;
  std::set<decltype(key_of(items.front()))> seen;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (seen.insert(key_of(items[i])).second) continue;
    runs.push_back(items.subspan(begin, i - begin));
    begin = i;
    seen = {key_of(items[i])};
  }
  if (begin < items.size()) runs.push_back(items.subspan(begin));
  return runs;
}

struct ConsumerOptions {
  std::string brokers;
  std::string group;  // quittance-subscriptions; also the consumer's name in inbox, dead letters, log and metrics
  int batch = 200;
  // A batch that takes longer loses its partitions and comes again; what it committed counts.
  std::chrono::milliseconds poll_interval_max{300'000};
};

class Consumer {
 public:
  // Types that are not in the table are skipped (forward compatibility).
  Consumer(ConsumerOptions options, std::vector<Subscription> table, db::Database& system_db, metrics::Registry& metrics);
  ~Consumer();
  void Start();
  void Stop();  // finishes the batch in hand, commits, leaves the group (bounded: 5 s)
  bool Assigned() const;

  // Applies an open dead letter of this consumer again, once, in one transaction. False: there is no such row, or it is not open any more.
  // Throws what the handler throws; the row then stays open. Its inbox row is there since it died, so nothing else applies it meanwhile.
  bool ReplayDeadLetter(const Uuid& id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::events
