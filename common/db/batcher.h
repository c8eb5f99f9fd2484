// Many requests, one commit. It adds no delay to a lonely call. One batch runs its statements while another may wait for its commit; what
// comes meanwhile waits, and the next batch takes all of it (up to 128) as one set-based transaction. While the cores are full, a batch
// waits a moment for company (core/pressure.h), so that they are few and large.
// Invariant: if that transaction fails, its items run one by one, so a bad one cannot fail its neighbours.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <utility>

#include "common/db/database.h"

namespace quittance::db {

inline constexpr std::size_t kBatchMax = 128;
inline constexpr std::size_t kCompany = 48;            // enough to begin at once, however full the cores are
inline constexpr std::size_t kBatchQueueMax = 4096;    // beyond: Overloaded
inline constexpr int kDrainsMax = 2;                   // one that works and one that commits
inline constexpr std::chrono::seconds kSoloBudget{5};  // for the items of a failed batch, one by one; the rest is Overloaded

// Command must have `TenantId tenant() const` or be given a `scope_of`. The function answers in the order of the commands. It must be
// idempotent by the commands' own keys: after a commit in doubt it runs again on a new connection and must answer from what is stored.
template <class Command, class Answer>
class Batcher {
 public:
  using Run = std::function<std::vector<Answer>(Tx&, std::span<const Command>)>;
  using TenantOf = std::function<TenantId(const Command&)>;

  Batcher(Database& db, TenantOf tenant_of, Run run);
  ~Batcher();  // waits for its transactions; destroy it before the database
  Batcher(const Batcher&) = delete;

  // Queues the command and gives its answer once its transaction is committed. Throws Overloaded, Fault.
  Task<Answer> Submit(Command command);

 private:
  struct Item {
    Command command;
    std::function<void(async::Outcome<Answer>)> complete;
  };
  struct Taken {
    std::vector<Command> commands;
    std::vector<std::function<void(async::Outcome<Answer>)>> completions;
  };
  // The right to run statements, which one batch has at a time: two would share the same calls among smaller batches.
  class Turn {
   public:
    explicit Turn(Batcher& batcher) : batcher_(&batcher) {}
    ~Turn() { End(); }
    Turn(const Turn&) = delete;
    void End() {
      if (batcher_ != nullptr) std::exchange(batcher_, nullptr)->Worked();
    }

   private:
    Batcher* batcher_;
  };
  void Enqueue(Item item);
  void Schedule();
  bool Reserve();  // true: the caller posts a drain; holds the mutex
  void Worked();
  void Post();
  void Ended();
  void FailWaiting(const std::exception_ptr& fault);
  std::chrono::steady_clock::duration AwaitCompany();
  Taken Take();
  void Drain(Connection& connection);
  void OneByOne(Connection& connection, const Taken& taken, Turn& turn);
  std::exception_ptr Answered(Connection& connection, const Taken& taken, std::size_t first, std::size_t count, Turn& turn,
                              bool& database_gone);
  std::vector<Answer> RunSet(Connection& connection, std::span<const Command> commands, Turn& turn);

  Database& db_;
  TenantOf tenant_of_;
  Run run_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::condition_variable company_;
  std::deque<Item> waiting_;
  bool scheduled_ = false;  // a drain waits in the pool's queue
  bool working_ = false;    // a drain has the turn
  int drains_ = 0;          // that wait or run
};

}  // namespace quittance::db

#include "common/db/batcher_inl.h"
