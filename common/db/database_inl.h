// Templates of database.h: they only carry the closure's own types across; the work is in database.cpp and idempotency.cpp.
#pragma once

namespace quittance::db {

namespace internal {

// Where a closure that runs on a worker leaves its answer. Run says whether to commit.
template <class R>
class Slot {
 public:
  template <class Fn>
  bool Run(Fn& fn, Tx& tx) {
    value_.reset();
    value_.emplace(fn(tx));
    if constexpr (kIsResult<R>) {
      return value_->ok();
    } else {
      return true;
    }
  }
  R Take() { return std::move(*value_); }

 private:
  std::optional<R> value_;
};

// A closure made inside a co_await expression is destroyed twice by g++ 12 (common/async/task.h): refused where that would matter.
template <class Fn>
inline constexpr bool kSafeClosure = std::is_lvalue_reference_v<Fn> || std::is_trivially_destructible_v<Fn>;

template <>
class Slot<void> {
 public:
  template <class Fn>
  bool Run(Fn& fn, Tx& tx) {
    fn(tx);
    return true;
  }
  void Take() {}
};

}  // namespace internal

template <class Fn>
Task<std::invoke_result_t<Fn&, Tx&>> Database::Transact(Scope scope, Fn&& fn) {
  static_assert(internal::kSafeClosure<Fn>, "capture by reference, or give the closure a name first");
  return TransactOwned<std::decay_t<Fn>>(std::move(scope), std::forward<Fn>(fn));
}

template <class Fn>
Task<std::invoke_result_t<Fn&, Tx&>> Database::TransactOwned(Scope scope, Fn fn) {
  internal::Slot<std::invoke_result_t<Fn&, Tx&>> slot;
  std::function<bool(Tx&)> body = [&slot, &fn](Tx& tx) { return slot.Run(fn, tx); };
  co_await RunOnWorker(std::move(scope), std::move(body));
  co_return slot.Take();
}

template <class Fn>
std::invoke_result_t<Fn&, Tx&> Database::TransactSync(Scope scope, Fn fn) {
  internal::Slot<std::invoke_result_t<Fn&, Tx&>> slot;
  RunOnWorkerSync(std::move(scope), [&slot, &fn](Tx& tx) { return slot.Run(fn, tx); });
  return slot.Take();
}

template <class Fn>
Task<Result<Reply>> Database::Once(Scope scope, IdempotentCall call, Fn&& fn) {
  static_assert(internal::kSafeClosure<Fn>, "capture by reference, or give the closure a name first");
  return OnceOwned<std::decay_t<Fn>>(std::move(scope), std::move(call), std::forward<Fn>(fn));
}

template <class Fn>
Task<Result<Reply>> Database::OnceOwned(Scope scope, IdempotentCall call, Fn fn) {
  std::function<Result<Reply>(Tx&)> body = std::ref(fn);
  Result<Reply> reply = co_await RunOnce(std::move(scope), std::move(call), std::move(body));
  co_return reply;
}

template <class T, class Fn>
Task<Result<Database::Opened<T>>> Database::OnceOpen(Scope scope, IdempotentCall call, Uuid resource, Fn&& fn) {
  static_assert(internal::kSafeClosure<Fn>, "capture by reference, or give the closure a name first");
  return OnceOpenOwned<T, std::decay_t<Fn>>(std::move(scope), std::move(call), resource, std::forward<Fn>(fn));
}

template <class T, class Fn>
Task<Result<Database::Opened<T>>> Database::OnceOpenOwned(Scope scope, IdempotentCall call, Uuid resource, Fn fn) {
  std::optional<T> fresh;
  std::function<Result<void>(Tx&)> body = [&fresh, &fn](Tx& tx) -> Result<void> {
    Result<T> opened = fn(tx);
    if (!opened) return opened.error();
    fresh.emplace(std::move(*opened));
    return {};
  };
  Result<KeyState> state = co_await RunOnceOpen(std::move(scope), std::move(call), resource, std::move(body));
  if (!state) co_return state.error();
  Opened<T> opened;
  opened.resource = state->resource;
  if (state->kind == KeyState::Kind::kClaimed) opened.fresh = std::move(fresh);
  if (state->kind == KeyState::Kind::kReplay) opened.reply = std::move(state->reply);
  co_return Result<Opened<T>>(std::move(opened));
}

}  // namespace quittance::db
