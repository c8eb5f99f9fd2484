// The relay's loop: lease, read in order of id, publish, delete what was acknowledged, all three overlapped. One thread, and in a backlog a
// second that waits for the database. A row whose publication failed stays, and so do later rows of its key, so that the log ends in the
// order of the outbox.
#include "common/events/relay.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <random>
#include <thread>

#include "common/core/crash_point.h"
#include "common/core/pressure.h"
#include "common/events/lease.h"
#include "common/events/outbox.h"
#include "common/events/outbox_reader.h"
#include "common/events/producer.h"
#include "common/log/log.h"
#include "common/metrics/registry.h"

namespace quittance::events {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollMin{2};
constexpr milliseconds kIdleMin{10};  // what this process commits wakes it; only another replica's is looked for
constexpr milliseconds kRelayPollMax{50};
constexpr milliseconds kReadPoll{1};             // while the database reads
constexpr milliseconds kGather{15};              // between two reads while commits follow each other: those in between share one
constexpr std::size_t kFlyingMax = 4000;         // rows that wait for their acknowledgement
constexpr std::size_t kAheadBytesMax = 1 << 20;  // a batch that is larger is sent before the next is read
constexpr milliseconds kPollNotOwner{500};
constexpr milliseconds kFaultPauseMin{100};
constexpr milliseconds kFaultPauseMax{5000};
constexpr milliseconds kFaultPauseFlying{250};
constexpr std::chrono::seconds kMeasureEvery{5};
constexpr int kPendingCountMax = 100'000;  // a longer backlog is shown as this

// A row that was handed to the producer, or waits for room there.
struct Flying {
  std::int64_t id;
  Event event;  // emptied when it is sent: the client has a copy
  std::string key;
  bool acked = false;
};

}  // namespace

struct Relay::Impl {
  Impl(RelayOptions relay_options, db::Database& system_db, metrics::Registry& registry)
      : options(std::move(relay_options)),
        db(system_db),
        lease(system_db, options.topic, options.owner, options.lease),
        producer({options.brokers, options.topic, options.source}),
        pending(registry.GetGauge("quittance_outbox_pending", "Events in the outbox that wait for the broker (up to 100000 are counted).")),
        oldest(registry.GetGauge("quittance_outbox_oldest_age_seconds", "Age of the oldest event in the outbox.")),
        published(registry.GetCounter("quittance_outbox_published_total", "Events the broker has acknowledged.")),
        failures(registry.GetCounter("quittance_outbox_failures_total", "Rounds of the relay that failed.")),
        reader(system_db, options.batch) {}

  // One turn: new rows if there is room, rows to the producer, acknowledgements back. While the broker works on one batch the next is read.
  // Throws Fault.
  void Turn() {
    const SteadyTime now = std::chrono::steady_clock::now();
    const bool due = now >= next_read || Stopping();
    if (!reading.valid() && HasRoom()) {
      const bool news = !reader.caught_up() || ((flying.empty() || Woken()) && due);
      if (news || acked.size() >= static_cast<std::size_t>(options.batch)) Read(now);
    }
    if (reading.valid() && reading.wait_for(flying.empty() ? kReadPoll : milliseconds(0)) != std::future_status::timeout) Take();
    if (flying.empty() && !reading.valid() && !due) Pause(std::chrono::ceil<milliseconds>(next_read - now), true);
    while (unsent < flying.size() && producer.Send(flying[unsent].event, first_tag + unsent)) flying[unsent++].event = {};
    if (!flying.empty()) Collect();
  }

  // For one batch more.
  bool HasRoom() const { return flying.size() + static_cast<std::size_t>(options.batch) <= kFlyingMax && flying.size() - unsent <= ahead; }

  // Begins to read. In a backlog of small events the database works while the batch before is sent; else Take() itself reads.
  void Read(SteadyTime now) {
    TakeWake();
    read_at = now;
    deleting.insert(deleting.end(), acked.begin(), acked.end());
    acked.clear();
    reading = std::async(reader.caught_up() || ahead == 0 ? std::launch::deferred : std::launch::async,
                         [this] { return reader.Exchange(deleting); });
  }

  void Take() {
    std::vector<OutboxRow> rows = reading.get();  // throws: nothing happened, and the next exchange deletes
    std::size_t bytes = 0;
    for (const OutboxRow& row : rows) bytes += row.event.data.size();
    ahead = bytes <= kAheadBytesMax ? rows.size() : 0;
    // A row that comes alone is read at once, and so is the one after it if that takes its time.
    next_read = rows.empty() ? read_at : read_at + kGather + UnhurriedCompanyWait();
    if (!deleting.empty()) QUITTANCE_CRASH_POINT("events.relay.deleted");
    if (!rows.empty()) QUITTANCE_CRASH_POINT("events.relay.read");
    deleting.clear();
    for (OutboxRow& row : rows) {
      std::string key = row.event.key;
      flying.push_back({row.id, std::move(row.event), std::move(key)});
    }
  }

  // Waits a moment where there is nothing else to do.
  void Collect() {
    const bool idle = reading.valid() || unsent < flying.size() || reader.caught_up() || !HasRoom();
    const milliseconds pause = reading.valid() ? kReadPoll : poll_pause;
    const auto reports = producer.Poll(idle ? pause : milliseconds(0));
    poll_pause = reports.empty() ? std::min(poll_pause * 2, kRelayPollMax) : kPollMin;
    const std::string error = producer.Error();
    for (const auto& report : reports) {
      Flying& row = flying[report.tag - first_tag];
      row.acked = report.acked;
      if (!report.acked) continue;
      published.Add();
      if (error.empty() || InOrder(row)) acked.push_back(row.id);
      QUITTANCE_CRASH_POINT("events.relay.acked");
    }
    if (!error.empty()) {
      Abandon();
      throw Fault("publishing to " + options.topic + ": " + error);
    }
    for (; !flying.empty() && flying.front().acked; flying.pop_front(), ++first_tag, --unsent) continue;
  }

  // Whether every earlier row of its key has arrived: else this one is sent again behind it, so that the log ends in the order of the
  // outbox.
  bool InOrder(const Flying& row) const {
    return std::none_of(flying.begin(), flying.end(),
                        [&](const Flying& other) { return other.id < row.id && !other.acked && other.key == row.key; });
  }

  // Forgets what is under way: it begins again from the lowest row that is left. Nothing is published from here on, however long a read
  // that has begun still takes.
  void Abandon() {
    producer.Reset();
    try {
      if (reading.valid()) Take();
    } catch (const std::exception&) {  // whatever it was, the next one meets it as well
    }
    first_tag += flying.size();
    flying.clear();
    unsent = 0;
    reader.Rewind();
  }

  bool Expired() {
    std::lock_guard lock(mutex);
    return stopping && std::chrono::steady_clock::now() >= deadline;
  }

  void Measure() {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < next_measure) return;
    next_measure = now + kMeasureEvery;
    db.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
      const auto rows = tx.Exec(
          "SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) AS some_rows) AS pending,"
          " coalesce((SELECT greatest(0, extract(epoch FROM now() - time)::bigint) FROM outbox ORDER BY id LIMIT 1), 0) AS age",
          kPendingCountMax);
      pending.Set(static_cast<double>(rows.front().Get<std::int64_t>("pending")));
      oldest.Set(static_cast<double>(rows.front().Get<std::int64_t>("age")));
    });
  }

  // Waits for `pause`, a wake (unless `deaf`) or the end.
  void Pause(milliseconds pause, bool deaf = false) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, pause, [&] { return stopping || (woken && !deaf); });
  }

  bool Woken() {
    std::lock_guard lock(mutex);
    return woken || stopping;
  }

  void TakeWake() {
    std::lock_guard lock(mutex);
    woken = false;
  }

  bool Stopping() {
    std::lock_guard lock(mutex);
    return stopping;
  }

  // Keeps the lease, also while the broker is silent. What is under way is given up at half of a lease that could not be renewed.
  bool Owner() {
    bool held = false;
    try {
      held = lease.Hold();
    } catch (const std::exception&) {
      if (!lease.MayProduce()) Abandon();
      throw;
    }
    if (held == owner) return held;
    log::Info(held ? "relay owns the outbox" : "relay lost the outbox", {{"topic", options.topic}, {"epoch", lease.epoch()}});
    owner = held;
    Abandon();
    return held;
  }

  // Until the time is up, or the process ends and everything is published, or there is another owner then.
  void Run() {
    milliseconds idle = kIdleMin;
    milliseconds fault_pause = kFaultPauseMin;
    while (!Expired()) {
      try {
        Measure();  // a backlog grows just when the broker is silent
        // Before the turn: what was committed while it read is not seen by it.
        const bool ending = Stopping();
        if (!Owner()) {
          if (ending) break;
          Pause(kPollNotOwner, true);
          continue;
        }
        Turn();
        fault_pause = kFaultPauseMin;
        if (reading.valid() || !flying.empty() || !acked.empty() || !deleting.empty() || !reader.caught_up()) {
          idle = kIdleMin;
          continue;
        }
        if (ending) break;  // drained
        Pause(idle);
        idle = std::min(idle * 2, kRelayPollMax);
      } catch (const std::exception& fault) {
        Failed(fault.what(), fault_pause);
        fault_pause = std::min(fault_pause * 2, kFaultPauseMax);
      }
    }
    Finish();
  }

  void Failed(const std::string& error, milliseconds pause) {
    failures.Add();
    log::Warn("relay failed", {{"topic", options.topic}, {"error", error}, {"pause_ms", static_cast<std::int64_t>(pause.count())}});
    // Jitter around the pause itself, so that replicas do not come back together; short while messages are under way, which end with the
    // lease.
    if (!flying.empty()) pause = std::min(pause, kFaultPauseFlying);
    const milliseconds jittered(std::uniform_int_distribution<std::int64_t>(pause.count() / 2, pause.count() * 3 / 2)(random));
    Pause(jittered, true);
    if (Stopping()) std::this_thread::sleep_for(kFaultPauseMin);
  }

  // Deletes what was acknowledged last and gives the lease back; what cannot be done now, the next owner finds.
  void Finish() {
    try {
      Abandon();
      deleting.insert(deleting.end(), acked.begin(), acked.end());
      if (!deleting.empty()) reader.Delete(deleting);
      lease.Release();
    } catch (const std::exception& fault) {
      log::Warn("relay ended without giving its lease back", {{"topic", options.topic}, {"error", fault.what()}});
    }
  }

  const RelayOptions options;
  db::Database& db;
  Lease lease;
  Producer producer;
  metrics::Gauge& pending;
  metrics::Gauge& oldest;
  metrics::Counter& published;
  metrics::Counter& failures;

  OutboxReader reader;                          // not touched while `reading` is valid
  std::future<std::vector<OutboxRow>> reading;  // what Exchange() will give
  std::vector<std::int64_t> deleting;           // acknowledged, until an exchange has deleted them
  SteadyTime read_at{};
  std::size_t ahead = 0;            // so many rows may be unsent when the next are read
  std::deque<Flying> flying;        // in the order they are sent
  std::uint64_t first_tag = 0;      // of flying.front()
  std::size_t unsent = 0;           // flying[unsent] is the first that the producer has not got
  std::vector<std::int64_t> acked;  // acknowledged, not deleted yet
  bool owner = false;
  milliseconds poll_pause = kPollMin;
  SteadyTime next_read{};
  SteadyTime next_measure{};
  std::minstd_rand random{std::random_device{}()};

  std::mutex mutex;
  std::condition_variable changed;
  bool woken = false;
  bool stopping = false;
  SteadyTime deadline{};
  std::thread thread;
};

Relay::Relay(RelayOptions options, db::Database& system_db, metrics::Registry& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), system_db, metrics)) {}

Relay::~Relay() { Drain(std::chrono::steady_clock::now()); }

void Relay::Start() {
  SetOutboxWake([this] { Wake(); });
  impl_->thread = std::thread([this] { impl_->Run(); });
}

void Relay::Wake() {
  std::lock_guard lock(impl_->mutex);
  impl_->woken = true;
  impl_->changed.notify_all();
}

void Relay::Drain(SteadyTime deadline) {
  if (!impl_->thread.joinable()) return;
  SetOutboxWake(nullptr);
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->deadline = deadline;
    impl_->changed.notify_all();
  }
  impl_->thread.join();
}

}  // namespace quittance::events
