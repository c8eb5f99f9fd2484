// The batcher's body. At most one drain waits in the pool's queue, at most two wait or run, and the next is posted when the one before it
// has run its statements: the worker that gets it takes all that has come by then.
#pragma once

#include <algorithm>
#include <iterator>

#include "common/core/pressure.h"
#include "common/db/connection.h"

namespace quittance::db {

template <class Command, class Answer>
Batcher<Command, Answer>::Batcher(Database& db, TenantOf tenant_of, Run run)
    : db_(db), tenant_of_(std::move(tenant_of)), run_(std::move(run)) {}

template <class Command, class Answer>
Batcher<Command, Answer>::~Batcher() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return drains_ == 0; });
}

template <class Command, class Answer>
Task<Answer> Batcher<Command, Answer>::Submit(Command command) {
  std::function<void(std::function<void(async::Outcome<Answer>)>)> start =
      [this, &command](std::function<void(async::Outcome<Answer>)> complete) {
        Enqueue(Item{std::move(command), std::move(complete)});
      };
  Answer answer = co_await async::Suspend<Answer>(std::move(start));
  co_return answer;
}

template <class Command, class Answer>
void Batcher<Command, Answer>::Enqueue(Item item) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kBatchQueueMax) {
      waiting_.push_back(std::move(item));
      item.complete = nullptr;
      if (waiting_.size() == kCompany) company_.notify_all();
    }
  }
  if (item.complete) {
    item.complete({std::make_exception_ptr(Overloaded("too many requests wait for the database")), std::nullopt});
    return;
  }
  Schedule();
}

template <class Command, class Answer>
bool Batcher<Command, Answer>::Reserve() {
  if (scheduled_ || working_ || waiting_.empty() || drains_ >= kDrainsMax) return false;
  scheduled_ = true;
  ++drains_;
  return true;
}

template <class Command, class Answer>
void Batcher<Command, Answer>::Schedule() {
  bool reserved = false;
  {
    const std::lock_guard lock(mutex_);
    reserved = Reserve();
  }
  if (reserved) Post();
}

template <class Command, class Answer>
void Batcher<Command, Answer>::Worked() {
  bool reserved = false;
  {
    const std::lock_guard lock(mutex_);
    working_ = false;
    reserved = Reserve();
  }
  if (reserved) Post();
}

template <class Command, class Answer>
void Batcher<Command, Answer>::Post() {
  const auto failed = [this](const std::exception_ptr& fault) {
    FailWaiting(fault);
    Ended();
  };
  const bool posted = db_.Post(
      [this](Connection& connection) {
        Drain(connection);
        Ended();
      },
      failed);
  if (!posted) failed(std::make_exception_ptr(Overloaded("too many transactions wait for the database")));
}

// Whoever waits for the last drain may end the batcher right after: nothing of it is touched then.
template <class Command, class Answer>
void Batcher<Command, Answer>::Ended() {
  bool reserved = false;
  {
    const std::lock_guard lock(mutex_);
    --drains_;
    reserved = Reserve();
    if (drains_ == 0) idle_.notify_all();
  }
  if (reserved) Post();
}

template <class Command, class Answer>
void Batcher<Command, Answer>::FailWaiting(const std::exception_ptr& fault) {
  std::deque<Item> failed;
  {
    const std::lock_guard lock(mutex_);
    scheduled_ = false;
    failed.swap(waiting_);
  }
  for (Item& item : failed) item.complete({fault, std::nullopt});
}

// On full cores, until enough have come, or CompanyWait() from now: the first that waits has come just now, or while a batch ran.
template <class Command, class Answer>
std::chrono::steady_clock::duration Batcher<Command, Answer>::AwaitCompany() {
  const SteadyTime since = std::chrono::steady_clock::now();
  const auto wait = CompanyWait();
  std::unique_lock lock(mutex_);
  company_.wait_until(lock, since + wait, [this] { return waiting_.size() >= kCompany; });
  return std::chrono::steady_clock::now() - since;
}

// Takes what waits, in order, and with it the turn.
template <class Command, class Answer>
auto Batcher<Command, Answer>::Take() -> Taken {
  Taken taken;
  const std::lock_guard lock(mutex_);
  scheduled_ = false;
  working_ = true;
  const std::size_t count = std::min(waiting_.size(), kBatchMax);
  for (std::size_t i = 0; i < count; ++i) {
    taken.commands.push_back(std::move(waiting_.front().command));
    taken.completions.push_back(std::move(waiting_.front().complete));
    waiting_.pop_front();
  }
  return taken;
}

// Throws nothing: every item gets its answer or its fault.
template <class Command, class Answer>
void Batcher<Command, Answer>::Drain(Connection& connection) {
  const auto waited = AwaitCompany();
  const Taken taken = Take();
  Turn turn(*this);
  if (taken.commands.empty()) return;
  db_.ObserveBatch(taken.commands.size(), waited);
  bool database_gone = false;
  const std::exception_ptr fault = Answered(connection, taken, 0, taken.commands.size(), turn, database_gone);
  if (!fault) return;
  if (database_gone || taken.commands.size() == 1) {
    for (const auto& complete : taken.completions) complete({fault, std::nullopt});
    return;
  }
  OneByOne(connection, taken, turn);
}

template <class Command, class Answer>
void Batcher<Command, Answer>::OneByOne(Connection& connection, const Taken& taken, Turn& turn) {
  const SteadyTime until = std::chrono::steady_clock::now() + kSoloBudget;
  std::exception_ptr rest;
  for (std::size_t i = 0; i < taken.commands.size(); ++i) {
    bool database_gone = false;
    const std::exception_ptr fault = rest ? rest : Answered(connection, taken, i, 1, turn, database_gone);
    if (fault) taken.completions[i]({fault, std::nullopt});
    if (database_gone) rest = fault;
    if (!rest && std::chrono::steady_clock::now() > until)
      rest = std::make_exception_ptr(Overloaded("the database is too slow for this batch"));
  }
}

// Runs `count` items from `first` as one transaction and answers them; the fault if that failed. After a lost connection it runs once more
// on a new one: commands answer from what is stored under their keys, so a commit in doubt is thereby read back.
template <class Command, class Answer>
std::exception_ptr Batcher<Command, Answer>::Answered(Connection& connection, const Taken& taken, std::size_t first, std::size_t count,
                                                      Turn& turn, bool& database_gone) {
  const auto commands = std::span(taken.commands).subspan(first, count);
  std::exception_ptr fault;
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      std::vector<Answer> answers = RunSet(connection, commands, turn);
      for (std::size_t i = 0; i < count; ++i) taken.completions[first + i]({nullptr, std::move(answers[i])});
      return nullptr;
    } catch (const CommitInDoubt&) {
      fault = std::current_exception();
    } catch (const ConnectionLost&) {
      fault = std::current_exception();
    } catch (...) {
      return std::current_exception();
    }
  }
  database_gone = true;
  return fault;
}

template <class Command, class Answer>
std::vector<Answer> Batcher<Command, Answer>::RunSet(Connection& connection, std::span<const Command> commands, Turn& turn) {
  Scope scope{.hot = true};
  for (const Command& command : commands) scope.tenants.push_back(tenant_of_(command));
  std::sort(scope.tenants.begin(), scope.tenants.end());
  scope.tenants.erase(std::unique(scope.tenants.begin(), scope.tenants.end()), scope.tenants.end());
  std::vector<Answer> answers;
  RunTransaction(connection, scope, [&](Tx& tx) {
    answers = run_(tx, commands);
    CHECK(answers.size() == commands.size());
    turn.End();
    return true;
  });
  return answers;
}

}  // namespace quittance::db
