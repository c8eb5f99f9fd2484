// The relay's loop: lease, read in order of id, publish, delete what was acknowledged. One thread. A row whose publication failed stays,
// and so do later rows of its key, so that the log ends in the order of the outbox.
#include "common/events/relay.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "common/events/lease.h"
#include "common/events/outbox.h"
#include "common/events/producer.h"
#include "common/log/log.h"
#include "common/metrics/registry.h"

namespace quittance::events {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollMin{2};
constexpr milliseconds kPollMax{50};
constexpr milliseconds kPollNotOwner{500};
constexpr milliseconds kFaultPauseMin{100};
constexpr milliseconds kFaultPauseMax{5000};
constexpr std::chrono::seconds kMeasureEvery{5};
constexpr int kPendingCountMax = 100'000;  // a longer backlog is shown as this

struct OutboxRow {
  std::int64_t id;
  Event event;
};

std::vector<OutboxRow> ReadRows(db::Tx& tx, int limit) {
  std::vector<OutboxRow> found;
  const auto rows =
      tx.Exec("SELECT id, tenant_id, event_id, type, key, sequence, time, traceparent, data FROM outbox ORDER BY id LIMIT $1", limit);
  for (const auto& row : rows) {
    Event event;
    event.id = row.Get<Uuid>("event_id");
    event.tenant = row.Get<TenantId>("tenant_id");
    event.type = row.Get<std::string>("type");
    event.key = row.Get<std::string>("key");
    event.sequence = row.Get<std::int64_t>("sequence");
    event.time = row.Get<TimePoint>("time");
    event.traceparent = row.Get<std::string>("traceparent");
    event.data = row.Get<db::Bytes>("data").data;
    found.push_back({row.Get<std::int64_t>("id"), std::move(event)});
  }
  return found;
}

// Acknowledged rows, without those that follow a row of the same key that is not.
std::vector<std::int64_t> Deletable(const std::vector<OutboxRow>& rows, const std::vector<Delivery>& deliveries) {
  std::vector<std::int64_t> ids;
  std::set<std::string_view> broken;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (deliveries[i] != Delivery::kAcked)
      broken.insert(rows[i].event.key);
    else if (!broken.contains(rows[i].event.key))
      ids.push_back(rows[i].id);
  }
  return ids;
}

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
        failures(registry.GetCounter("quittance_outbox_failures_total", "Rounds of the relay that failed.")) {}

  // Reads the next rows; in the same transaction deletes those the broker has, so that a batch costs one commit.
  std::vector<OutboxRow> Exchange() {
    auto rows = db.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
      if (!acked.empty())
        tx.Exec("DELETE FROM outbox WHERE id = ANY($1::bigint[])", db::ArrayOf(acked, [](std::int64_t id) { return id; }));
      return ReadRows(tx, options.batch);
    });
    acked.clear();
    return rows;
  }

  // One round; how many rows were found. Throws Fault.
  std::size_t Round() {
    const std::vector<OutboxRow> rows = Exchange();
    if (rows.empty()) return 0;
    std::vector<Event> events;
    for (const OutboxRow& row : rows) events.push_back(row.event);
    const Published outcome = producer.Publish(events, [&] { return MayGoOn(); });
    acked = Deletable(rows, outcome.deliveries);
    published.Add(static_cast<double>(std::count(outcome.deliveries.begin(), outcome.deliveries.end(), Delivery::kAcked)));
    if (!outcome.error.empty()) throw Fault("publishing to " + options.topic + ": " + outcome.error);
    return rows.size();
  }

  // Asked while a batch is under way: keeps the lease while the broker is silent, gives the batch up when the lease is at half or time is
  // up.
  bool MayGoOn() {
    if (Expired()) return false;
    try {
      if (!lease.Hold()) return false;
      Measure();                       // a backlog grows just then
    } catch (const std::exception&) {  // the database is away: until half of the lease the rows are still ours
    }
    return lease.MayProduce();
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

  // Waits for `pause`, a wake (unless `deaf`) or the end; whether to go on.
  bool Pause(milliseconds pause, bool deaf = false) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, pause, [&] { return stopping || (woken && !deaf); });
    if (!deaf) woken = false;
    return !stopping || std::chrono::steady_clock::now() < deadline;
  }

  bool Stopping() {
    std::lock_guard lock(mutex);
    return stopping;
  }

  void Run() {
    milliseconds idle = kPollMin;
    milliseconds fault_pause = kFaultPauseMin;
    bool owner = false;
    while (!Expired()) {
      try {
        Measure();
        const bool held = lease.Hold();
        if (held != owner) {
          log::Info(held ? "relay owns the outbox" : "relay lost the outbox", {{"topic", options.topic}, {"epoch", lease.epoch()}});
          owner = held;
        }
        if (!held) {
          if (Stopping() || !Pause(kPollNotOwner, true)) break;
          continue;
        }
        const std::size_t found = Round();
        fault_pause = kFaultPauseMin;
        if (found > 0) {
          idle = kPollMin;
          continue;
        }
        if (Stopping()) break;  // drained
        if (!Pause(idle)) break;
        idle = std::min(idle * 2, kPollMax);
      } catch (const std::exception& fault) {
        failures.Add();
        log::Warn("relay failed",
                  {{"topic", options.topic}, {"error", fault.what()}, {"pause_ms", static_cast<std::int64_t>(fault_pause.count())}});
        // Jitter around the pause itself, so that replicas do not come back together.
        const milliseconds jittered(
            std::uniform_int_distribution<std::int64_t>(fault_pause.count() / 2, fault_pause.count() * 3 / 2)(random));
        if (!Pause(jittered, true)) break;
        if (Stopping()) std::this_thread::sleep_for(kFaultPauseMin);
        fault_pause = std::min(fault_pause * 2, kFaultPauseMax);
      }
    }
    Finish();
  }

  // Deletes what was acknowledged last and gives the lease back; what cannot be done now, the next owner finds.
  void Finish() {
    try {
      if (!acked.empty()) Exchange();
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

  std::vector<std::int64_t> acked;  // acknowledged, not deleted yet
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
