// Dead letters: messages a consumer could not apply, whole, with the reason; rows of the consumer's own database, so that they are queried,
// backed up and replayed like anything else. Invariant: a message is written here or applied, never skipped; a replay takes an open row
// once.
#pragma once

#include <optional>
#include <string>

#include "common/db/tx.h"
#include "common/events/cloud_event.h"

namespace quittance::events {

struct DeadLetter {
  std::string reason;   // envelope, failed, killed
  std::string message;  // the last error, for people
  int tries = 0;
};

// `event` where the envelope could be read. The same message twice is one row; another message at the same offset (a topic that was made
// anew) is a Fault, because the older row must be handled first.
void InsertDeadLetter(db::Tx& tx, const std::string& consumer, const Message& message, const std::optional<Event>& event,
                      const DeadLetter& letter);

// The message of an open dead letter, its row locked; nullopt if there is none.
std::optional<Message> LockDeadLetter(db::Tx& tx, const std::string& consumer, const Uuid& id);
void MarkReplayed(db::Tx& tx, const Uuid& id);

std::int64_t CountDeadLetters(db::Tx& tx, const std::string& consumer);  // open ones

}  // namespace quittance::events
