// Every emission is a read of its own under the caller's scope, so that a watch never shows more than a Get.
#include "services/billing/usecases/watch_payment_intent.h"

#include "services/billing/usecases/reads.h"

namespace quittance::billing {
namespace {

// The place among the watchers, given back however the watch ends.
struct Seat {
  WatchHub& hub;
  explicit Seat(WatchHub& the_hub) : hub(the_hub) {}
  ~Seat() { hub.Leave(); }
  Seat(const Seat&) = delete;
};

Error Ended() { return Unavailable("this process is about to end: watch again from the version you have"); }

Task<Result<void>> Watch(Deps& deps, WatchPaymentIntentQuery query, EmitPayment emit, std::function<bool()> gone) {
  const auto until = std::chrono::steady_clock::now() + kWatchLifeMax;
  const auto over = [gone, until] { return gone() || std::chrono::steady_clock::now() > until; };
  std::int64_t seen = query.version;
  while (!over()) {
    auto payment = co_await GetPaymentIntent(deps, query.caller, query.payment);
    if (!payment) co_return payment.error();
    if (payment->version > seen) {
      seen = payment->version;
      const bool read = co_await emit(std::move(*payment));
      if (!read) co_return Result<void>();
    }
    const bool newer = co_await deps.watch->Newer({query.caller.tenant, query.payment}, seen, over);
    if (!newer && deps.watch->stopping()) co_return Ended();
  }
  co_return Result<void>();
}

}  // namespace

void WatchHub::Start() { deps_.executor.Spawn(Loop()); }

void WatchHub::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  Tell({});
}

bool WatchHub::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool WatchHub::Enter() {
  const std::lock_guard lock(mutex_);
  if (watchers_ >= kWatchersMax) return false;
  ++watchers_;
  return true;
}

void WatchHub::Leave() {
  const std::lock_guard lock(mutex_);
  --watchers_;
}

Task<bool> WatchHub::Newer(store::PaymentKey payment, std::int64_t version, std::function<bool()> over) {
  std::function<void(std::function<void(async::Outcome<bool>)>)> start = [&](std::function<void(async::Outcome<bool>)> complete) {
    {
      const std::lock_guard lock(mutex_);
      if (!stopping_) {
        waiters_.push_back({payment, version, over, std::move(complete)});
        return;
      }
    }
    complete({nullptr, false});
  };
  const bool newer = co_await async::Suspend<bool>(start);
  co_return newer;
}

std::set<store::PaymentKey> WatchHub::Watched() const {
  const std::lock_guard lock(mutex_);
  std::set<store::PaymentKey> keys;
  for (const auto& waiter : waiters_) keys.insert(waiter.payment);
  return keys;
}

// Resumes those who have something to see or nothing to wait for.
void WatchHub::Tell(const std::map<store::PaymentKey, std::int64_t>& versions) {
  std::vector<std::pair<std::function<void(async::Outcome<bool>)>, bool>> told;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiters_, [&](Waiter& waiter) {
      const auto found = versions.find(waiter.payment);
      const bool newer = found != versions.end() && found->second > waiter.version;
      if (!newer && !stopping_ && !waiter.over()) return false;
      told.emplace_back(std::move(waiter.complete), newer);
      return true;
    });
  }
  for (const auto& [complete, newer] : told) complete({nullptr, newer});
}

Task<void> WatchHub::Loop() {
  while (!stopping()) {
    const auto keys = Watched();
    std::map<store::PaymentKey, std::int64_t> versions;
    try {
      if (!keys.empty()) {
        versions = co_await deps_.system_db.Transact(db::Scope::System(), [&](db::Tx& tx) { return store::VersionsOf(tx, keys); });
      }
    } catch (const std::exception&) {
      deps_.metrics.watch_failures.Add();  // the database is away: the watchers wait
    }
    Tell(versions);
    co_await async::Sleep(kWatchInterval);
  }
}

Task<Result<void>> WatchPaymentIntent(Deps& deps, WatchPaymentIntentQuery query, EmitPayment emit, std::function<bool()> gone) {
  if (!deps.watch->Enter()) co_return Exhausted(Reason::kOverloaded, "too many watches in this process", std::chrono::seconds(1));
  const Seat seat(*deps.watch);
  auto end = co_await Watch(deps, std::move(query), std::move(emit), std::move(gone));
  co_return end;
}

}  // namespace quittance::billing
