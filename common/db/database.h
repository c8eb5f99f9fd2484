// A bounded pool of worker threads, each with one connection, and the transaction as a closure.
// Invariant: commits only if the closure returns a value; a refusal or a fault rolls back; a broken connection is discarded, never revived.
#pragma once

#include <memory>
#include <type_traits>

#include "common/async/executor.h"
#include "common/core/fault.h"
#include "common/core/result.h"
#include "common/core/secret.h"
#include "common/db/idempotency.h"
#include "common/db/tx.h"

namespace quittance::metrics {
class Registry;
}

namespace quittance::db {

struct DatabaseOptions {
  std::string name;  // label of the pool's metrics: app, system, relay
  Secret url;        // postgresql://…
  int connections = 4;
  int queue_max = 512;  // more than this waits: Overloaded
  std::chrono::milliseconds queue_wait_max{2000};
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::milliseconds lock_timeout{2000};
};

inline constexpr int kRetriesMax = 3;                          // of a serialization failure (40001) or deadlock (40P01)
inline constexpr std::chrono::milliseconds kAwaitMargin{200};  // before the call's deadline
inline constexpr std::chrono::milliseconds kAwaitMax{12'000};

class Database {
 public:
  Database(DatabaseOptions options, metrics::Registry& metrics);
  ~Database();  // finishes what is queued, joins; destroy it before the executor whose coroutines wait for it
  Database(const Database&) = delete;

  // Runs `fn(Tx&)` on a worker in one transaction under `scope`. `fn` may return void, a value or a Result; it may run again after a
  // serialization failure or deadlock, so it has no side effects but SQL. Throws Overloaded, CommitInDoubt or Fault.
  template <class Fn>
  Task<std::invoke_result_t<Fn&, Tx&>> Transact(Scope scope, Fn&& fn);

  // The same on the calling thread's behalf, blocking: tests, migrations, consumers and jobs that own their thread.
  template <class Fn>
  std::invoke_result_t<Fn&, Tx&> TransactSync(Scope scope, Fn fn);

  // Local effect under an idempotency key, all in one transaction: claims the key, answers a replay, refuses another fingerprint, runs
  // `fn(Tx&) -> Result<Reply>`, stores the reply. A commit in doubt is read back by key on a new connection.
  template <class Fn>
  Task<Result<Reply>> Once(Scope scope, IdempotentCall call, Fn&& fn);

  // The first half of an effect with a network call: claims the key for `resource` (an attempt, a refund) and runs `fn(Tx&) -> Result<T>`;
  // the reply is stored later by FinishKey(resource). A key that is finished comes back as `reply`; one that still runs names its
  // `resource` (then wait with AwaitReply).
  template <class T>
  struct Opened {
    std::optional<T> fresh;
    std::optional<Reply> reply;
    Uuid resource{};
  };
  template <class T, class Fn>
  Task<Result<Opened<T>>> OnceOpen(Scope scope, IdempotentCall call, Uuid resource, Fn&& fn);

  // Waits until the key is finished: to 200 ms before the call's deadline, at most 12 s; then ABORTED with RetryInfo.
  Task<Result<Reply>> AwaitReply(Scope scope, IdempotentCall call);

  bool Reachable();  // for readiness, cached 1 s; waits 200 ms at most

  // Internal: posts work that gets a connection (used by Transact and Batcher).
  using Work = std::function<void(Connection&)>;
  bool Post(Work work, std::function<void(std::exception_ptr)> failed);  // false: queue full; else exactly one of the two runs to its end
  void ObserveBatch(std::size_t size, std::chrono::steady_clock::duration waited);

 private:
  template <class Fn>
  Task<std::invoke_result_t<Fn&, Tx&>> TransactOwned(Scope scope, Fn fn);
  template <class Fn>
  Task<Result<Reply>> OnceOwned(Scope scope, IdempotentCall call, Fn fn);
  template <class T, class Fn>
  Task<Result<Opened<T>>> OnceOpenOwned(Scope scope, IdempotentCall call, Uuid resource, Fn fn);
  Task<void> RunOnWorker(Scope scope, std::function<bool(Tx&)> body);
  void RunOnWorkerSync(Scope scope, const std::function<bool(Tx&)>& body);
  Task<Result<Reply>> RunOnce(Scope scope, IdempotentCall call, std::function<Result<Reply>(Tx&)> body);
  Task<Result<KeyState>> RunOnceOpen(Scope scope, IdempotentCall call, Uuid resource, std::function<Result<void>(Tx&)> body);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::db

#include "common/db/database_inl.h"
