// WatchPaymentIntent: a payment's versions as they come. Invariant: whatever the number of watchers, a process asks the database one
// question at a time about all of them; who resumes from a version it has seen misses nothing.
#pragma once

#include <mutex>

#include "services/billing/deps.h"
#include "services/billing/store/payments.h"

namespace quittance::billing {

inline constexpr std::chrono::milliseconds kWatchInterval{200};
inline constexpr std::size_t kWatchersMax = 2000;          // in a process; beyond: refused at once
inline constexpr std::chrono::seconds kWatchLifeMax{300};  // steady time; then the stream ends and its client resumes

class WatchHub {
 public:
  explicit WatchHub(Deps& deps) : deps_(deps) {}
  void Start();  // the loop that asks
  void Stop();   // every watch ends; the loop too

  // Until the payment's version is above `version`: true. False: the hub stops, or `over` says so.
  Task<bool> Newer(store::PaymentKey payment, std::int64_t version, std::function<bool()> over);
  bool stopping() const;
  bool Enter();  // false: full
  void Leave();

 private:
  struct Waiter {
    store::PaymentKey payment;
    std::int64_t version = 0;
    std::function<bool()> over;
    std::function<void(async::Outcome<bool>)> complete;
  };
  Task<void> Loop();
  void Tell(const std::map<store::PaymentKey, std::int64_t>& versions);
  std::set<store::PaymentKey> Watched() const;

  Deps& deps_;
  mutable std::mutex mutex_;
  std::vector<Waiter> waiters_;
  std::size_t watchers_ = 0;
  bool stopping_ = false;
};

struct WatchPaymentIntentQuery {
  Caller caller;
  PaymentId payment;
  std::int64_t version = 0;  // the newest the caller has seen
};
// `emit` gives false when nobody reads any more.
using EmitPayment = std::function<Task<bool>(Payment)>;
Task<Result<void>> WatchPaymentIntent(Deps& deps, WatchPaymentIntentQuery query, EmitPayment emit, std::function<bool()> gone);

}  // namespace quittance::billing
