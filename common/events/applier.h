// The database side of a consumer: batches of messages to effects. Used by one thread; knows no Kafka.
// Invariant: a message is applied, a duplicate, of a type that is not ours, or a dead letter; nothing else happens to it, whatever fails.
//
// Batches run as one transaction. After a start or a rebalance the start of each batch is counted and committed first, because the process
// that had these events before may have died of one of them. A batch of which an earlier start never ended runs one by one, each try
// counted, until the event that kills has had its tries.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/db/database.h"
#include "common/events/cloud_event.h"
#include "common/events/consumer.h"
#include "common/events/dead_letters.h"
#include "common/metrics/registry.h"

namespace quittance::events {

class Applier {
 public:
  // Waits without losing the messages in hand; false: they are lost (another process has them now, or this one ends).
  using Hold = std::function<bool(std::chrono::milliseconds)>;

  Applier(std::string consumer, std::vector<Subscription> table, int careful_events, db::Database& db, metrics::Registry& metrics,
          Hold hold);

  // Everything in `messages` is dealt with and committed; false: it was lost on the way, its offsets must not be committed.
  bool Apply(const std::vector<Message>& messages);

  // Partitions came or went: the starts of the next batches are counted.
  void Assigned() { calm_.clear(); }

  bool Replay(const Uuid& dead_letter);
  std::int64_t OpenDeadLetters();

 private:
  enum class Result { kApplied, kDuplicate, kSkipped, kDeadLetter };
  enum class Outcome { kDone, kPoison, kLost };

  struct Item {
    const Message* message;
    std::optional<Event> event;  // without one, `problem` says why
    std::string problem;
    const Subscription* row = nullptr;  // none: not a type of ours
    std::optional<Result> result;
  };

  static std::vector<Uuid> IdsOf(const std::vector<Item>& items);
  std::vector<Item> Read(const std::vector<Message>& messages) const;
  bool Calm(const std::vector<Item>& items) const;
  Outcome Start(const std::vector<Uuid>& ids, bool& fresh);
  Outcome ApplyTogether(std::vector<Item>& items, bool counted);
  static void RunSets(db::Tx& tx, std::vector<Item*> fresh);
  bool ApplySingly(std::vector<Item>& items);
  bool ApplyOne(Item& item);
  Outcome Try(Item& item, std::string& error);
  bool Bury(Item& item, const DeadLetter& letter);
  Outcome Attempt(const std::function<void()>& transaction, std::string& error);
  void Count(const std::vector<Item>& items);

  const std::string consumer_;
  std::map<std::string, Subscription, std::less<>> table_;
  const int careful_events_;
  db::Database& db_;
  metrics::Registry& metrics_;
  const Hold hold_;
  std::map<std::pair<std::string, int>, int> calm_;  // events applied in a partition since it was assigned
};

}  // namespace quittance::events
