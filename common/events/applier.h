// The database side of a consumer: batches of messages to effects. Used by one thread; knows no Kafka.
// Invariant: a message is applied, a duplicate, of a type that is not ours, or a dead letter; nothing else happens to it, whatever fails.
//
// Batches run as one transaction. After a start or a rebalance the first events run one by one with their tries counted, because the
// process that had them before may have died of one of them (a batch would die of it again, uncounted, for ever).
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

  // Partitions came or went: the next events are handled with care.
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
    const Handler* handler = nullptr;  // none: not a type of ours
    std::optional<Result> result;
  };

  std::vector<Item> Read(const std::vector<Message>& messages) const;
  bool Calm(const std::vector<Item>& items) const;
  Outcome ApplyTogether(std::vector<Item>& items);
  bool ApplySingly(std::vector<Item>& items);
  bool ApplyOne(Item& item);
  Outcome Try(Item& item, std::string& error);
  bool Bury(Item& item, const DeadLetter& letter);
  Outcome Attempt(const std::function<void()>& transaction, std::string& error);
  void Count(const std::vector<Item>& items);

  const std::string consumer_;
  std::map<std::string, Handler, std::less<>> handlers_;
  const int careful_events_;
  db::Database& db_;
  metrics::Registry& metrics_;
  const Hold hold_;
  std::map<std::pair<std::string, int>, int> calm_;  // events applied in a partition since it was assigned
};

}  // namespace quittance::events
