// The pool behind Database: worker threads with a connection each, one bounded queue, and a watcher that ends waits.
// Invariant: every piece of work that was accepted runs, or its `failed` does, exactly once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "common/db/connection.h"
#include "common/db/database.h"
#include "common/db/pool_metrics.h"

namespace quittance::db {

class Pool {
 public:
  using Work = Database::Work;
  using Failed = std::function<void(std::exception_ptr)>;

  Pool(DatabaseOptions options, metrics::Registry& registry);
  ~Pool();  // finishes what is queued, joins

  bool Post(Work work, Failed failed);  // false: full, or ending
  bool AnyConnection() const { return open_ > 0; }
  PoolMetrics& metrics() { return metrics_; }

 private:
  struct Piece {
    Work work;
    Failed failed;
    SteadyTime since;
  };

  void RunWorker();
  bool Connected(Connection& connection, bool& counted);
  bool WaitToReconnect(std::chrono::milliseconds pause);
  void RunPiece(Connection& connection, Piece piece);
  std::optional<Piece> Next();
  void Watch();
  void FailAll(const std::exception_ptr& fault);

  const DatabaseOptions options_;
  PoolMetrics metrics_;
  std::atomic<int> open_{0};
  std::atomic<int> busy_{0};
  std::atomic<bool> outage_logged_{false};
  std::mutex mutex_;
  std::condition_variable work_;     // a piece was queued, or the end
  std::condition_variable waiting_;  // for the watcher: the queue has a front, or the end
  std::deque<Piece> queue_;
  bool ending_ = false;
  std::vector<std::thread> workers_;
  std::thread watcher_;
};

}  // namespace quittance::db
