// The outbox: the event's row in the transaction of its effect. Table outbox in every database.
#pragma once

#include <functional>
#include <span>

#include "common/db/tx.h"
#include "common/events/event.h"

namespace quittance::events {

// 900,000 bytes: above, the broker's 1 MB limit would block the queue.
inline constexpr std::size_t kEventBytesMax = 900'000;

// Appends the events, in order, and wakes this process's relay after the commit.
void AppendToOutbox(db::Tx& tx, std::span<const Event> events);
inline void AppendToOutbox(db::Tx& tx, const Event& event) { AppendToOutbox(tx, std::span(&event, 1)); }

// Called after each commit that appended; set once by the relay of this process.
void SetOutboxWake(std::function<void()> wake);

}  // namespace quittance::events
