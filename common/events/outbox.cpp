// The outbox's write side: one set-based insert, ids drawn in the order of the events.
#include "common/events/outbox.h"

#include <mutex>
#include <stdexcept>

namespace quittance::events {
namespace {

std::mutex wake_mutex;
std::function<void()> wake_relay;

// Under the lock, so that a relay which takes its wake back is not called any more.
void WakeRelay() {
  std::lock_guard lock(wake_mutex);
  if (wake_relay) wake_relay();
}

}  // namespace

void SetOutboxWake(std::function<void()> wake) {
  std::lock_guard lock(wake_mutex);
  wake_relay = std::move(wake);
}

void AppendToOutbox(db::Tx& tx, std::span<const Event> events) {
  if (events.empty()) return;
  for (const Event& event : events) {
    // Not a Fault: it would be tried again for ever. The table's CHECK says the same.
    if (event.data.size() > kEventBytesMax) throw std::length_error(event.type + " of " + event.key + " is larger than an event may be");
  }
  tx.Exec(R"(INSERT INTO outbox (tenant_id, event_id, type, key, sequence, time, traceparent, data)
             SELECT tenant_id, event_id, type, key, sequence, time, traceparent, data
             FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::text[], $8::bytea[])
                  WITH ORDINALITY AS e (tenant_id, event_id, type, key, sequence, time, traceparent, data, position)
             ORDER BY position)",
          db::ArrayOf(events, [](const Event& e) { return e.tenant; }), db::ArrayOf(events, [](const Event& e) { return e.id; }),
          db::ArrayOf(events, [](const Event& e) { return e.type; }), db::ArrayOf(events, [](const Event& e) { return e.key; }),
          db::ArrayOf(events, [](const Event& e) { return e.sequence; }), db::ArrayOf(events, [](const Event& e) { return e.time; }),
          db::ArrayOf(events, [](const Event& e) { return e.traceparent; }),
          db::ArrayOf(events, [](const Event& e) { return db::Bytes{e.data}; }));
  tx.OnCommit(&WakeRelay);
}

}  // namespace quittance::events
