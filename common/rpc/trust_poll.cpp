// Polls auth every 15 s, or sooner for a key or tenant that is not known, and looks every 5 s into the own database for revocations that
// came as events. A poll that fails changes nothing but the age.
#include "common/rpc/trust_poll.h"

#include "common/log/log.h"
#include "common/rpc/heard_revocations.h"
#include "common/rpc/status.h"

namespace quittance::rpc {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{50};     // how soon the loop sees that somebody asks
constexpr std::chrono::seconds kSaveInterval{60};  // an unchanged state is saved again, so that its age is known after a restart
constexpr std::chrono::seconds kEndWait{10};       // for a poll under way when the process ends

constexpr std::string_view kLoadSql =
    "SELECT state, extract(epoch FROM now() - updated_at)::bigint AS age FROM trust_state WHERE name = 'trust'";
constexpr std::string_view kSaveSql =
    "INSERT INTO trust_state (name, state) VALUES ('trust', $1::bytea) "
    "ON CONFLICT (name) DO UPDATE SET state = EXCLUDED.state, updated_at = now()";

struct Stored {
  std::string bytes;
  std::int64_t age = 0;
};

}  // namespace

double Trust::Age::Seconds() const {
  const std::lock_guard lock(mutex);
  return std::chrono::duration<double>(steady_clock::now() - last).count();
}

void Trust::Age::Set(SteadyTime time) {
  const std::lock_guard lock(mutex);
  last = time;
}

Trust::Trust(TrustSource source, db::Database* store, async::Executor& executor, metrics::Registry& metrics, const Clock& clock)
    : source_(std::move(source)),
      store_(store),
      executor_(executor),
      clock_(clock),
      failures_(metrics.GetCounter("quittance_trust_poll_failures_total", "Polls of keys and revocations that failed.")),
      age_(std::make_shared<Age>()),
      state_(std::make_shared<TrustState>()) {
  age_->Set(steady_clock::now());
  auto& gauge = metrics.GetGauge("quittance_trust_age_seconds", "Seconds since keys and revocations were last heard from auth.");
  metrics.OnScrape([&gauge, age = age_] { gauge.Set(age->Seconds()); });
}

Trust::~Trust() {
  Stop();
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kEndWait, [this] { return !running_; });
}

void Trust::Start() {
  Load();
  {
    const std::lock_guard lock(mutex_);
    CHECK(!running_);
    running_ = true;
  }
  executor_.Spawn(Loop());
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kTrustStartWait, [this] { return !state_->keys().empty(); });
}

void Trust::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

std::shared_ptr<const TrustState> Trust::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

// What the last process knew, so that tokens verify while auth is down. Its cursor is not used: the first poll hears everything.
void Trust::Load() {
  if (store_ == nullptr) return;
  try {
    const Stored stored = store_->TransactSync(db::Scope::System(), [](db::Tx& tx) {
      const db::Rows rows = tx.Exec(kLoadSql);
      return rows.empty() ? Stored{} : Stored{rows.front().Get<db::Bytes>("state").data, rows.front().Get<std::int64_t>("age")};
    });
    auto state = TrustState::Parse(stored.bytes);
    if (stored.bytes.empty() || !state) return;
    age_->Set(steady_clock::now() - std::chrono::seconds(stored.age));
    const std::lock_guard lock(mutex_);
    state->ForgetCursor();
    state_ = std::make_shared<const TrustState>(*std::move(state));
  } catch (const std::exception&) {
    log::Warn("stored trust not read", {{"error", FaultText(std::current_exception())}});
  }
}

Task<bool> Trust::Refresh() {
  std::function<void(Resume)> begin = [this](Resume resume) {
    {
      const std::lock_guard lock(mutex_);
      if (running_ && !stopping_ && waiters_.size() < kTrustWaitersMax) {
        waiters_.push_back(std::move(resume));
        return;
      }
    }
    resume(async::Outcome<bool>{nullptr, false});
  };
  const bool heard = co_await async::Suspend<bool>(begin);
  co_return heard;
}

bool Trust::Due(SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  const bool wanted = !waiters_.empty() || state_->keys().empty();
  return now - last_poll_ >= (wanted ? kTrustPause : kTrustInterval);
}

Task<void> Trust::Loop() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    const bool due = Due(steady_clock::now());
    if (due) co_await PollAndTell();
    if (store_ != nullptr && steady_clock::now() - last_look_ >= kHearInterval) co_await Hear();
    co_await async::Sleep(kTick);
  }
  std::vector<Resume> left;
  const std::lock_guard lock(mutex_);
  left.swap(waiters_);
  for (Resume& resume : left) resume(async::Outcome<bool>{nullptr, false});
  running_ = false;
  changed_.notify_all();
}

Task<void> Trust::PollAndTell() {
  std::vector<Resume> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(waiters_);
    last_poll_ = steady_clock::now();
  }
  bool heard = true;
  try {
    co_await Poll();
  } catch (const std::exception&) {
    heard = false;
    failures_.Add();
    if (reachable_) log::Warn("trust not heard", {{"error", FaultText(std::current_exception())}});
  }
  if (heard && !reachable_) log::Info("trust heard again");
  reachable_ = heard;
  for (Resume& resume : asked) resume(async::Outcome<bool>{nullptr, heard});
}

Task<void> Trust::Poll() {
  const std::shared_ptr<const TrustState> before = state();
  TrustUpdate update = co_await source_(before->cursor());
  auto after = std::make_shared<TrustState>(*before);
  after->Apply(update, clock_.Now());
  age_->Set(steady_clock::now());
  std::string bytes = after->Serialize();
  {
    const std::lock_guard lock(mutex_);
    state_ = std::move(after);
    changed_.notify_all();
  }
  co_await Save(std::move(bytes));
}

// What events told since the last look. A database that is down is told of by its own line in readiness.
Task<void> Trust::Hear() {
  last_look_ = steady_clock::now();
  try {
    auto find = [cursor = heard_, now = clock_.Now()](db::Tx& tx) { return FindHeardRevocations(tx, cursor, now); };
    const HeardRevocations heard = co_await store_->Transact(db::Scope::System(), find);
    heard_ = heard.cursor;
    if (heard.revocations.empty()) co_return;
    auto after = std::make_shared<TrustState>(*state());
    after->Hear(heard.revocations, clock_.Now());
    const std::lock_guard lock(mutex_);
    state_ = std::move(after);
  } catch (const std::exception&) {
    heard_.clear();
  }
}

Task<void> Trust::Save(std::string bytes) {
  const SteadyTime now = steady_clock::now();
  if (store_ == nullptr || (bytes == saved_ && now - last_save_ < kSaveInterval)) co_return;
  try {
    auto save = [bytes](db::Tx& tx) { tx.Exec(kSaveSql, db::Bytes{bytes}); };
    co_await store_->Transact(db::Scope::System(), save);
    saved_ = std::move(bytes);
    last_save_ = now;
  } catch (const std::exception&) {
    log::Warn("trust not stored", {{"error", FaultText(std::current_exception())}});
  }
}

Task<std::optional<TenantInfo>> FindTenant(Trust& trust, std::string code) {
  std::optional<TenantInfo> found = trust.state()->ByCode(code);
  if (!found) {
    const bool heard = co_await trust.Refresh();
    found = trust.state()->ByCode(code);
    if (!found && !heard) throw Fault("auth could not be asked for a tenant that is not known here");
  }
  co_return found;
}

std::optional<TenantInfo> TenantById(const Trust& trust, TenantId id) { return trust.state()->ById(id); }

}  // namespace quittance::rpc
