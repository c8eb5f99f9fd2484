// The bulkhead: worker threads that take jobs from one bounded queue. A job that waited too long is answered without being run.
#include "services/auth/credentials/password_hasher.h"

#include <argon2.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "common/async/executor.h"
#include "common/core/fault.h"
#include "common/crypto/random.h"
#include "common/metrics/registry.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr int kSeatsMin = 4;   // for each thread: some of them are at the database
constexpr int kAverageOf = 8;  // hashes, of the time that one takes

using Steady = std::chrono::steady_clock;

std::string Encode(std::string_view password, const HashCost& cost) {
  const std::string salt = crypto::RandomBytes(kSaltBytes);
  std::string encoded(argon2_encodedlen(cost.passes, cost.memory_kib, cost.lanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int status = argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, password.data(), password.size(), salt.data(),
                                           salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (status != ARGON2_OK) throw Fault(std::string("argon2: ") + argon2_error_message(status));
  encoded.resize(encoded.find('\0'));
  return encoded;
}

bool Fits(std::string_view password, const std::string& encoded) {
  const int status = argon2id_verify(encoded.c_str(), password.data(), password.size());
  if (status == ARGON2_OK) return true;
  if (status == ARGON2_VERIFY_MISMATCH) return false;
  throw Fault(std::string("argon2: ") + argon2_error_message(status));
}

// Where the kernel refuses it, hashing merely competes with the rest.
void YieldToEverybody() {
  const sched_param none{};
  static_cast<void>(pthread_setschedparam(pthread_self(), SCHED_IDLE, &none));
}

}  // namespace

struct PasswordHasher::Impl {
  // Run with true: do it and answer; with false: answer that there was no room.
  struct Job {
    Steady::time_point queued;
    std::function<void(bool run)> work;
  };

  Impl(int threads, metrics::Registry& metrics, const HashCost& new_cost, std::chrono::milliseconds longest_wait)
      : cost(new_cost),
        wait_max(longest_wait),
        hashed(metrics.GetCounter("quittance_auth_password_hashes_total", "Password hashes computed.")),
        shed(
            metrics.GetCounter("quittance_auth_password_hashes_shed_total", "Password hashes refused because the queue was full or slow.")),
        waited(metrics.GetHistogram("quittance_auth_password_hash_wait_seconds", "Time a password waited for a hashing thread.")),
        dummy(Encode(crypto::RandomToken(), cost)),
        one_hash(Steady::now() - began),
        threads_count(threads) {
    for (int i = 0; i < threads; ++i) workers.emplace_back([this] { Serve(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    ready.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  void Submit(std::function<void(bool)> work) {
    {
      const std::unique_lock lock(mutex);
      if (!stopping && queue.size() < kHashQueueMax) {
        queue.push_back({Steady::now(), std::move(work)});
        work = nullptr;
      }
    }
    if (!work) return ready.notify_one();
    shed.Add();
    work(false);
  }

  void Serve() {
    YieldToEverybody();
    while (true) {
      Job job;
      {
        std::unique_lock lock(mutex);
        ready.wait(lock, [this] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        job = std::move(queue.front());
        queue.pop_front();
      }
      const auto wait = Steady::now() - job.queued;
      waited.Observe(std::chrono::duration<double>(wait).count());
      const bool in_time = wait <= wait_max;
      (in_time ? hashed : shed).Add();
      const auto begin = Steady::now();
      job.work(in_time);
      if (!in_time) continue;
      const std::lock_guard lock(mutex);
      one_hash += (Steady::now() - begin - one_hash) / kAverageOf;
    }
  }

  // As many as are hashed in the time that one may wait: who waits longer has been looked up and counted for nothing.
  int Places() {
    const std::lock_guard lock(mutex);
    const auto in_time = threads_count * Steady::duration(wait_max) / std::max<Steady::duration>(one_hash, std::chrono::microseconds(1));
    return static_cast<int>(std::clamp<std::int64_t>(in_time, kSeatsMin * threads_count, kHashQueueMax));
  }

  Error TooBusy() {
    const std::lock_guard lock(mutex);
    const auto now = Steady::now();
    const auto first = now + kComeAgainFirst;
    next_turn += one_hash / threads_count;
    if (next_turn < first || next_turn > now + kComeAgainLast) next_turn = first;
    return Exhausted(Reason::kOverloaded, "too many logins at once", std::chrono::ceil<std::chrono::milliseconds>(next_turn - now));
  }

  // One job whose answer is a Result<T> made by `compute` on a worker. A plain function, not a coroutine: g++ 12 destroys closures that
  // travel through coroutine parameters twice, and these hold a password.
  template <class T>
  Task<Result<T>> Ask(std::function<T()> compute) {
    using Complete = std::function<void(async::Outcome<Result<T>>)>;
    std::function<void(Complete)> start = [this, compute = std::move(compute)](Complete complete) {
      Submit([this, compute, complete](bool run) {
        async::Outcome<Result<T>> outcome;
        try {
          outcome.value = run ? Result<T>(compute()) : Result<T>(TooBusy());
        } catch (...) {
          outcome.fault = std::current_exception();
        }
        complete(std::move(outcome));
      });
    };
    return async::Suspend<Result<T>>(std::move(start));
  }

  const Steady::time_point began = Steady::now();
  const HashCost cost;
  const std::chrono::milliseconds wait_max;
  metrics::Counter& hashed;
  metrics::Counter& shed;
  metrics::Histogram& waited;
  const std::string dummy;
  std::atomic<int> seats{0};
  std::mutex mutex;
  Steady::duration one_hash;       // what one takes of late
  Steady::time_point next_turn{};  // of the row of those who were refused
  const int threads_count;
  std::condition_variable ready;
  std::deque<Job> queue;
  bool stopping = false;
  std::vector<std::thread> workers;
};

PasswordHasher::PasswordHasher(int threads, metrics::Registry& metrics, const HashCost& cost, std::chrono::milliseconds wait_max) {
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  impl_ = std::make_unique<Impl>(threads > 0 ? threads : cores, metrics, cost, wait_max);
}

PasswordHasher::~PasswordHasher() = default;

const HashCost& PasswordHasher::cost() const { return impl_->cost; }

Result<PasswordHasher::Seat> PasswordHasher::TakeSeat() {
  Seat seat(&impl_->seats);
  if (impl_->seats.fetch_add(1) < impl_->Places()) return seat;
  impl_->shed.Add();
  return impl_->TooBusy();
}

Task<Result<std::string>> PasswordHasher::Hash(Secret password) {
  return impl_->Ask<std::string>([this, password = std::move(password)] { return Encode(password.Reveal(), impl_->cost); });
}

Task<Result<bool>> PasswordHasher::Verify(Secret password, std::optional<std::string> encoded) {
  const bool usable = encoded && ReadHashCost(*encoded);
  const std::string stored = usable ? *encoded : impl_->dummy;
  return impl_->Ask<bool>([password = std::move(password), stored, usable] {
    const bool fits = Fits(password.Reveal(), stored);
    return fits && usable;
  });
}

}  // namespace quittance::auth
