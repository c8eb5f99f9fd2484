// The consumer's loop: one thread that takes a batch, has it applied, commits its offsets. The Kafka side is reader.h, the database side
// applier.h.
#include "common/events/consumer.h"

#include <atomic>
#include <set>
#include <thread>

#include "common/core/crash_point.h"
#include "common/events/applier.h"
#include "common/events/cloud_event.h"
#include "common/events/reader.h"
#include "common/log/log.h"
#include "common/metrics/registry.h"

namespace quittance::events {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTakeWait{200};
constexpr milliseconds kOpenPause{1000};
constexpr std::chrono::seconds kMeasureEvery{5};

std::vector<std::string> TopicsOf(const std::vector<Subscription>& table) {
  std::set<std::string> topics;
  for (const auto& row : table) topics.insert(TopicOf(row.type));
  return {topics.begin(), topics.end()};
}

}  // namespace

struct Consumer::Impl {
  Impl(ConsumerOptions consumer_options, std::vector<Subscription> table, db::Database& db, metrics::Registry& registry)
      : options(std::move(consumer_options)),
        topics(TopicsOf(table)),
        metrics(registry),
        dead_letters(registry.GetGauge("quittance_dead_letters_open", "Dead letters nobody has handled.", {{"consumer", options.group}})),
        applier(options.group, std::move(table), options.batch, db, registry, [this](milliseconds pause) { return Hold(pause); }) {}

  bool Hold(milliseconds pause) {
    return reader->Hold(pause, [this] { return stopping.load(); });
  }

  void Run() {
    while (!stopping) {
      try {
        if (!reader) Open();
        Measure();
        const std::vector<Message> batch = reader->Take(options.batch, kTakeWait);
        if (reader->assignment() != assignment) {
          assignment = reader->assignment();
          applier.Assigned();
        }
        if (batch.empty()) continue;
        QUITTANCE_CRASH_POINT("events.consumer.taken");
        if (!applier.Apply(batch)) continue;
        QUITTANCE_CRASH_POINT("events.consumer.applied");
        reader->Commit(batch);
        QUITTANCE_CRASH_POINT("events.consumer.committed");
      } catch (const std::exception& error) {
        // The client is broken, or a bug showed outside a handler: begin again from the committed offsets.
        log::Error("consumer failed", {{"consumer", options.group}, {"error", error.what()}});
        reader.reset();
        for (milliseconds waited{0}; waited < kOpenPause && !stopping; waited += kTakeWait) std::this_thread::sleep_for(kTakeWait);
      }
    }
    reader.reset();
  }

  void Open() {
    reader = std::make_unique<Reader>(
        ReaderOptions{options.brokers, options.group, topics, [this](bool some) { assigned = some; }, options.poll_interval_max});
    assignment = reader->assignment();
    applier.Assigned();
  }

  void Measure() {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < next_measure) return;
    next_measure = now + kMeasureEvery;
    for (const auto& [topic, lag] : reader->Lag()) {
      metrics.GetGauge("quittance_consumer_lag", "Messages behind the committed offset.", {{"consumer", options.group}, {"topic", topic}})
          .Set(static_cast<double>(lag));
    }
    try {
      dead_letters.Set(static_cast<double>(applier.OpenDeadLetters()));
    } catch (const Fault&) {  // the gauge keeps its value; the next batch meets the same fault and says so
    }
  }

  const ConsumerOptions options;
  const std::vector<std::string> topics;
  metrics::Registry& metrics;
  metrics::Gauge& dead_letters;
  Applier applier;
  std::unique_ptr<Reader> reader;
  std::uint64_t assignment = 0;
  SteadyTime next_measure{};
  std::atomic<bool> assigned{false};
  std::atomic<bool> stopping{false};
  std::thread thread;
};

Consumer::Consumer(ConsumerOptions options, std::vector<Subscription> table, db::Database& system_db, metrics::Registry& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(table), system_db, metrics)) {}

Consumer::~Consumer() { Stop(); }

void Consumer::Start() {
  impl_->thread = std::thread([this] { impl_->Run(); });
}

void Consumer::Stop() {
  impl_->stopping = true;
  if (impl_->thread.joinable()) impl_->thread.join();
}

bool Consumer::Assigned() const { return impl_->assigned; }

bool Consumer::ReplayDeadLetter(const Uuid& id) { return impl_->applier.Replay(id); }

}  // namespace quittance::events
