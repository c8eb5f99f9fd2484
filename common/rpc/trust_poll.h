// The loop that keeps a TrustState fresh. Invariant: one poll at a time, at most one a second; readers never wait for it, and who asks for
// a refresh gets a poll that began after the question.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "common/async/executor.h"
#include "common/core/clock.h"
#include "common/db/database.h"
#include "common/metrics/registry.h"
#include "common/rpc/trust_state.h"

namespace quittance::rpc {

inline constexpr std::chrono::seconds kTrustInterval{15};
inline constexpr std::chrono::seconds kHearInterval{5};    // between two looks into the own database for what events told
inline constexpr std::chrono::seconds kTrustPause{1};      // between two polls, whoever asks
inline constexpr std::chrono::seconds kTrustStartWait{2};  // for a first key set at start-up
inline constexpr std::size_t kTrustWaitersMax = 256;       // beyond: a miss stays a miss

class Trust {
 public:
  Trust(TrustSource source, db::Database* store, async::Executor& executor, metrics::Registry& metrics, const Clock& clock);
  ~Trust();  // Stop(), and waits for the loop
  Trust(const Trust&) = delete;

  void Start();  // reads the stored state, begins the loop, waits for a key set up to kTrustStartWait
  void Stop();

  std::shared_ptr<const TrustState> state() const;
  bool HasKeys() const { return !state()->keys().empty(); }
  std::chrono::seconds age() const { return std::chrono::seconds(static_cast<std::int64_t>(age_->Seconds())); }

  // Returns after a poll that began after this call; at once when nobody polls (not started, stopped) or too many wait already.
  // Gives whether auth was heard: only then is what it knows of now in state().
  Task<bool> Refresh();

 private:
  using Resume = std::function<void(async::Outcome<bool>)>;
  // Shared with the scrape, which may outlive this.
  struct Age {
    mutable std::mutex mutex;
    SteadyTime last;
    double Seconds() const;
    void Set(SteadyTime time);
  };

  void Load();
  Task<void> Loop();
  Task<void> PollAndTell();
  Task<void> Poll();
  Task<void> Save(std::string bytes);
  Task<void> Hear();
  bool Due(SteadyTime now) const;

  const TrustSource source_;
  db::Database* const store_;
  async::Executor& executor_;
  const Clock& clock_;
  metrics::Counter& failures_;
  const std::shared_ptr<Age> age_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const TrustState> state_;
  std::vector<Resume> waiters_;
  bool running_ = false;
  bool stopping_ = false;
  bool reachable_ = true;  // as last seen, to log changes alone
  SteadyTime last_poll_{};
  SteadyTime last_save_{};
  SteadyTime last_look_{};
  std::string heard_;  // cursor into what events told
  std::string saved_;
};

}  // namespace quittance::rpc
