// Taking over. Invariant: at most one process calls the PSP for an attempt at a time, and all of them with the same key.
#include "services/billing/usecases/resume.h"

#include "services/billing/domain/life.h"
#include "services/billing/events.h"
#include "services/billing/usecases/method_token.h"

namespace quittance::billing {
namespace {

struct Taken {
  Payment payment;
  AttemptId attempt;
  store::Lease lease;
};

// Between our look at the key and the lease its holder may have ended: then its answer stands, and nobody is called again.
bool IsAnswered(db::Tx& tx, const db::IdempotentCall& call) {
  const auto key = db::FindKey(tx, call);
  return key && key->kind == db::KeyState::Kind::kReplay;
}

// The attempt that the key waits for; nullopt: nobody is to be called, the key has its answer or somebody else will give it.
std::optional<Taken> Take(db::Tx& tx, const db::IdempotentCall& call, AttemptId attempt) {
  const auto lease = store::LeaseAttempt(tx, call.tenant, attempt, kPspLease);
  if (!lease) return std::nullopt;
  if (IsAnswered(tx, call)) {
    store::ReleaseAttempt(tx, call.tenant, attempt, *lease);
    return std::nullopt;
  }
  const auto id = store::PaymentOf(tx, call.tenant, attempt);
  auto payment = id ? store::FindPayment(tx, {call.tenant, *id}) : std::nullopt;
  if (!payment) return std::nullopt;
  if (IsOpen(payment->Find(attempt)->status)) return Taken{std::move(*payment), attempt, *lease};

  // It is over: its PSP is never asked again. Whoever refused it may have gone on to another connection and died there.
  store::ReleaseAttempt(tx, call.tenant, attempt, *lease);
  const auto& newest = payment->newest();
  if (newest.status != AttemptStatus::kCreated) {
    db::FinishKey(tx, call.tenant, attempt.uuid, events::ReplyOf(*payment));
    return std::nullopt;
  }
  const auto next = store::LeaseAttempt(tx, call.tenant, newest.id, kPspLease);
  if (!next) return std::nullopt;
  const AttemptId further = newest.id;
  return Taken{std::move(*payment), further, *next};
}

}  // namespace

Task<Result<db::Reply>> RefuseUnlessReplayed(Deps& deps, db::IdempotentCall call, Error refusal) {
  const auto scope = db::Scope::Of(call.tenant);
  // Claimed and rolled back: only an earlier call's key tells anything.
  Result<db::KeyState> found = co_await deps.db.Transact(scope, [&](db::Tx& tx) -> Result<db::KeyState> {
    auto state = db::ClaimKey(tx, call, Uuid{});
    if (state.kind == db::KeyState::Kind::kClaimed) return refusal;
    return state;
  });
  if (!found) co_return found.error();
  if (found->kind == db::KeyState::Kind::kReused) co_return db::KeyReused();
  if (found->kind == db::KeyState::Kind::kReplay) co_return std::move(*found->reply);
  auto reply = co_await deps.db.AwaitReply(scope, call);
  co_return reply;
}

Task<Result<db::Reply>> ResumeAttempt(Deps& deps, db::IdempotentCall call, Cause cause, AttemptId attempt) {
  const auto scope = db::Scope::Of(call.tenant);
  std::optional<Taken> taken = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return Take(tx, call, attempt); });
  if (taken) {
    const auto* row = taken->payment.Find(taken->attempt);
    auto chosen = co_await ChosenFor(deps, call.tenant, *row);
    if (chosen) {
      CreateWork work{{call.tenant, taken->payment.id},
                      taken->attempt,
                      taken->lease,
                      std::move(*chosen),
                      taken->payment.amount,
                      row->return_url,
                      cause};
      work.answers = attempt.uuid;
      auto slot = std::make_shared<ReplySlot>(deps.executor);
      SpawnCreate(deps, std::move(work), slot);
      auto reply = co_await AwaitSlot(deps, scope, call, slot, taken->payment.id.ToString());
      co_return reply;
    }
  }
  auto reply = co_await deps.db.AwaitReply(scope, call);
  co_return reply;
}

Task<Result<db::Reply>> ResumeRefund(Deps& deps, db::IdempotentCall call, Cause cause, RefundId refund) {
  const auto scope = db::Scope::Of(call.tenant);
  struct TakenRefund {
    Payment payment;
    Refund refund;
    store::Lease lease;
  };
  std::optional<TakenRefund> taken = co_await deps.db.Transact(scope, [&](db::Tx& tx) -> std::optional<TakenRefund> {
    const auto lease = store::LeaseRefund(tx, call.tenant, refund, kPspLease);
    if (lease && IsAnswered(tx, call)) {
      store::ReleaseRefund(tx, call.tenant, refund, *lease);
      return std::nullopt;
    }
    auto row = lease ? store::FindRefund(tx, call.tenant, refund) : std::nullopt;
    auto payment = row ? store::FindPayment(tx, {call.tenant, row->payment}) : std::nullopt;
    if (!payment) return std::nullopt;
    return TakenRefund{std::move(*payment), std::move(*row), *lease};
  });
  if (taken) {
    auto chosen = co_await ConnectionOf(deps, call.tenant, taken->refund.connection);
    if (chosen) {
      const auto reference = taken->payment.Find(taken->refund.attempt)->psp_reference;
      RefundWork work{{call.tenant, taken->payment.id}, taken->refund, reference, taken->lease, std::move(*chosen), cause};
      auto slot = std::make_shared<ReplySlot>(deps.executor);
      SpawnRefund(deps, std::move(work), slot);
      auto reply = co_await AwaitSlot(deps, scope, call, slot, refund.ToString());
      co_return reply;
    }
  }
  auto reply = co_await deps.db.AwaitReply(scope, call);
  co_return reply;
}

}  // namespace quittance::billing
