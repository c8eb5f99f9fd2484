// Transactions on the pool's workers, from coroutines and from threads of one's own.
#include "common/db/database.h"

#include <condition_variable>
#include <future>

#include "common/db/connection.h"
#include "common/db/pool.h"

namespace quittance::db {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kHealthAge{1};
constexpr std::chrono::milliseconds kHealthWait{200};

// The pool's last answer to a ping.
struct Health {
  std::mutex mutex;
  std::condition_variable answered;
  bool up = false;
  bool asking = false;
  SteadyTime checked{};
};

std::exception_ptr QueueFull() { return std::make_exception_ptr(Overloaded("too many transactions wait for the database")); }

}  // namespace

struct Database::Impl {
  Impl(DatabaseOptions options, metrics::Registry& registry) : pool(std::move(options), registry) {}

  void Pinged(std::optional<bool> up) {
    const std::lock_guard lock(health.mutex);
    if (up) health.up = *up;
    health.asking = false;
    health.checked = steady_clock::now();
    health.answered.notify_all();
  }

  Health health;  // before the pool: pings end with it
  Pool pool;
};

Database::Database(DatabaseOptions options, metrics::Registry& metrics) : impl_(std::make_unique<Impl>(std::move(options), metrics)) {}
Database::~Database() = default;

bool Database::Post(Work work, std::function<void(std::exception_ptr)> failed) {
  return impl_->pool.Post(std::move(work), std::move(failed));
}

void Database::ObserveBatch(std::size_t size, steady_clock::duration waited) {
  impl_->pool.metrics().batch.Observe(static_cast<double>(size));
  impl_->pool.metrics().company.Observe(std::chrono::duration<double>(waited).count());
}

bool Database::Reachable() {
  if (!impl_->pool.AnyConnection()) return false;
  Health& health = impl_->health;
  std::unique_lock lock(health.mutex);
  if (steady_clock::now() - health.checked < kHealthAge) return health.up;
  if (!health.asking) {
    health.asking = true;
    lock.unlock();
    const auto ping = [this](Connection& connection) {
      RunTransaction(connection, Scope::System(), [](Tx& tx) { return tx.Exec("SELECT 1").size() == 1; });
      impl_->Pinged(true);
    };
    const auto failed = [this](const std::exception_ptr& fault) {
      try {
        std::rethrow_exception(fault);
      } catch (const Overloaded&) {
        impl_->Pinged(std::nullopt);  // busy is not down
      } catch (...) {
        impl_->Pinged(false);
      }
    };
    if (!Post(ping, failed)) failed(QueueFull());
    lock.lock();
  }
  health.answered.wait_for(lock, kHealthWait, [&health] { return !health.asking; });
  return health.up;
}

Task<void> Database::RunOnWorker(Scope scope, std::function<bool(Tx&)> body) {
  // Both live in this frame, which waits until the work has ended.
  std::function<void(std::function<void(async::Outcome<void>)>)> start = [this, &scope,
                                                                          &body](std::function<void(async::Outcome<void>)> complete) {
    const auto work = [&scope, &body, complete](Connection& connection) {
      RunTransaction(connection, scope, body);
      complete({});
    };
    const auto failed = [complete](const std::exception_ptr& fault) { complete({fault}); };
    if (!Post(work, failed)) complete({QueueFull()});
  };
  co_await async::Suspend<void>(std::move(start));
}

void Database::RunOnWorkerSync(Scope scope, const std::function<bool(Tx&)>& body) {
  std::promise<void> ended;
  std::future<void> waiting = ended.get_future();
  const auto work = [&](Connection& connection) {
    RunTransaction(connection, scope, body);
    ended.set_value();
  };
  const auto failed = [&](const std::exception_ptr& fault) { ended.set_exception(fault); };
  if (!Post(work, failed)) failed(QueueFull());
  waiting.get();
}

}  // namespace quittance::db
