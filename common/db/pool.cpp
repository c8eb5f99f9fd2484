// Workers, reconnection with backoff, and the end of waiting.
#include "common/db/pool.h"

#include <algorithm>
#include <random>

#include "common/core/check.h"
#include "common/log/log.h"

namespace quittance::db {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kBackoffFirst{50};
constexpr milliseconds kBackoffMax{2000};

// Doubles with each failure; half of it is chance, so that the workers of many processes do not come back in step.
class Backoff {
 public:
  milliseconds Next() {
    std::uniform_int_distribution<milliseconds::rep> jitter(pause_.count() / 2, pause_.count());
    pause_ = std::min(pause_ * 2, kBackoffMax);
    return milliseconds(jitter(random_));
  }
  void Reset() { pause_ = kBackoffFirst; }

 private:
  milliseconds pause_ = kBackoffFirst;
  std::minstd_rand random_{std::random_device{}()};
};

double SecondsSince(SteadyTime since) { return std::chrono::duration<double>(steady_clock::now() - since).count(); }

}  // namespace

Pool::Pool(DatabaseOptions options, metrics::Registry& registry) : options_(std::move(options)), metrics_(registry, options_.name) {
  CHECK(options_.connections > 0);
  for (int i = 0; i < options_.connections; ++i) workers_.emplace_back([this] { RunWorker(); });
  watcher_ = std::thread([this] { Watch(); });
}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  work_.notify_all();
  waiting_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  watcher_.join();
}

bool Pool::Post(Work work, Failed failed) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || queue_.size() >= static_cast<std::size_t>(options_.queue_max)) {
      metrics_.full.Add();
      return false;
    }
    queue_.push_back({std::move(work), std::move(failed), steady_clock::now()});
    metrics_.queued.Set(static_cast<double>(queue_.size()));
    if (queue_.size() == 1) waiting_.notify_one();
  }
  work_.notify_one();
  return true;
}

void Pool::RunWorker() {
  Connection connection({"quittance-" + options_.name, options_.url, options_.statement_timeout, options_.lock_timeout}, metrics_);
  Backoff backoff;
  bool counted = false;
  while (true) {
    if (!Connected(connection, counted)) {
      if (WaitToReconnect(backoff.Next())) continue;
      FailAll(std::make_exception_ptr(ConnectionLost("the database cannot be reached")));
      return;
    }
    backoff.Reset();
    std::optional<Piece> piece = Next();
    if (!piece) return;
    RunPiece(connection, std::move(*piece));
  }
}

// Keeps the count of open connections true, and logs an outage's begin and end once for the pool.
bool Pool::Connected(Connection& connection, bool& counted) {
  if (!connection.is_open() && counted) {
    counted = false;
    --open_;
  }
  std::string problem;
  try {
    if (!connection.is_open()) connection.Open();
  } catch (const std::exception& e) {
    problem = e.what();
  }
  if (connection.is_open() && !counted) {
    counted = true;
    ++open_;
    if (outage_logged_.exchange(false)) log::Info("database reached again", {{"pool", options_.name}});
  }
  if (!connection.is_open() && !outage_logged_.exchange(true))
    log::Error("database not reached", {{"pool", options_.name}, {"problem", problem}});
  metrics_.connections.Set(open_);
  return connection.is_open();
}

// False when the pool ends.
bool Pool::WaitToReconnect(milliseconds pause) {
  std::unique_lock lock(mutex_);
  return !work_.wait_for(lock, pause, [this] { return ending_; });
}

std::optional<Pool::Piece> Pool::Next() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return ending_ || !queue_.empty(); });
  if (queue_.empty()) return std::nullopt;
  Piece piece = std::move(queue_.front());
  queue_.pop_front();
  metrics_.queued.Set(static_cast<double>(queue_.size()));
  return piece;
}

void Pool::RunPiece(Connection& connection, Piece piece) {
  metrics_.wait.Observe(SecondsSince(piece.since));
  metrics_.busy.Set(++busy_);
  const SteadyTime begin = steady_clock::now();
  std::exception_ptr fault;
  try {
    piece.work(connection);
  } catch (...) {
    fault = std::current_exception();
  }
  metrics_.held.Observe(SecondsSince(begin));
  metrics_.busy.Set(--busy_);
  if (fault) piece.failed(fault);
}

// Ends the waits that last too long; the queue is in order of arrival, so the front is the oldest.
void Pool::Watch() {
  std::unique_lock lock(mutex_);
  while (true) {
    waiting_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    const SteadyTime due = queue_.front().since + options_.queue_wait_max;
    if (steady_clock::now() < due) {
      waiting_.wait_until(lock, due);
      continue;
    }
    Failed failed = std::move(queue_.front().failed);
    queue_.pop_front();
    metrics_.queued.Set(static_cast<double>(queue_.size()));
    const bool reachable = AnyConnection();
    lock.unlock();
    (reachable ? metrics_.expired : metrics_.unreachable).Add();
    failed(reachable ? std::make_exception_ptr(Overloaded("no database connection came free in time"))
                     : std::make_exception_ptr(ConnectionLost("the database cannot be reached")));
    lock.lock();
  }
}

void Pool::FailAll(const std::exception_ptr& fault) {
  std::deque<Piece> pieces;
  {
    const std::lock_guard lock(mutex_);
    pieces.swap(queue_);
  }
  for (Piece& piece : pieces) {
    metrics_.unreachable.Add();
    piece.failed(fault);
  }
}

}  // namespace quittance::db
