// Effects under a key. A commit in doubt is resolved by claiming the key again on a new connection: the insert waits for the transaction in
// doubt and then tells whether it is there. Invariant: nothing runs twice under one key, whatever happens to a connection.
#include <algorithm>

#include "common/db/database.h"

namespace quittance::db {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPollFirst{10};
constexpr milliseconds kPollMax{200};

std::string Shown(const Uuid& resource) { return resource == Uuid{} ? "" : resource.Hex(); }

}  // namespace

Task<Result<Reply>> Database::RunOnce(Scope scope, IdempotentCall call, std::function<Result<Reply>(Tx&)> body) {
  const auto attempt = [&](Tx& tx) -> Result<Reply> {
    KeyState state = ClaimKey(tx, call, Uuid{});  // no resource: nobody ever sees this key unfinished
    if (state.kind == KeyState::Kind::kReused) return KeyReused();
    if (state.kind == KeyState::Kind::kRunning) return InProgress(Shown(state.resource));
    if (state.kind == KeyState::Kind::kReplay) return std::move(*state.reply);
    Result<Reply> reply = body(tx);
    if (reply) FinishCall(tx, call, *reply);
    return reply;
  };
  for (bool last = false;; last = true) {
    bool locked = false;
    try {
      Result<Reply> reply = co_await Transact(scope, attempt);
      co_return reply;
    } catch (const CommitInDoubt&) {
      if (last) throw;
    } catch (const LockTimeout&) {
      locked = true;
    }
    if (locked) co_return InProgress("");
  }
}

Task<Result<KeyState>> Database::RunOnceOpen(Scope scope, IdempotentCall call, Uuid resource, std::function<Result<void>(Tx&)> body) {
  const auto attempt = [&](Tx& tx) -> Result<KeyState> {
    KeyState state = ClaimKey(tx, call, resource);
    if (state.kind == KeyState::Kind::kReused) return KeyReused();
    if (state.kind != KeyState::Kind::kClaimed) return state;
    Result<void> opened = body(tx);
    if (!opened) return opened.error();
    return state;
  };
  for (bool last = false;; last = true) {
    bool locked = false;
    try {
      Result<KeyState> state = co_await Transact(scope, attempt);
      // Our own first try, whose commit was in doubt, is there: what its closure made is still at hand.
      if (last && state && state->kind == KeyState::Kind::kRunning && state->resource == resource) state->kind = KeyState::Kind::kClaimed;
      co_return state;
    } catch (const CommitInDoubt&) {
      if (last) throw;
    } catch (const LockTimeout&) {
      locked = true;
    }
    if (locked) co_return InProgress("");
  }
}

Task<Result<Reply>> Database::AwaitReply(Scope scope, IdempotentCall call) {
  SteadyTime until = steady_clock::now() + kAwaitMax;
  if (call.deadline != SteadyTime{}) until = std::min(until, call.deadline - kAwaitMargin);
  const auto look = [&call](Tx& tx) { return FindKey(tx, call); };
  Uuid resource{};
  for (milliseconds pause = kPollFirst;; pause = std::min(pause * 3 / 2, kPollMax)) {
    std::optional<KeyState> state = co_await Transact(scope, look);
    if (!state) co_return InProgress("");  // given back: the caller's next try claims it
    if (state->kind == KeyState::Kind::kReused) co_return KeyReused();
    if (state->kind == KeyState::Kind::kReplay) co_return std::move(*state->reply);
    resource = state->resource;
    if (steady_clock::now() + pause >= until) co_return InProgress(Shown(resource));
    co_await async::Sleep(pause);
  }
}

}  // namespace quittance::db
