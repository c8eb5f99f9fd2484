// The network half of an effect: between two transactions, under the PSP's own deadline, never under the caller's.
// Invariant: the key was stored before the call, the lease says who calls, and every answer goes through ApplyPspNews.
#pragma once

#include "services/billing/reply_slot.h"
#include "services/billing/usecases/apply_psp_news.h"
#include "services/billing/usecases/connections.h"

namespace quittance::billing {

// One attempt to be opened at its PSP.
struct CreateWork {
  store::PaymentKey payment;
  AttemptId attempt;
  store::Lease lease;
  Chosen chosen;
  Money amount;
  std::string return_url;
  Cause cause;
  int checks = 0;                       // how often the janitor has asked already
  std::string verb = "create";          // query: the PSP knows it already
  std::optional<TimePoint> since = {};  // when it was called first; not set: now
  std::optional<Uuid> answers = {};     // the resource of the idempotency key that waits; not set: the attempt
};

// "pay:att_…": ours, the same for every call about this attempt's opening.
std::string CreateKey(AttemptId attempt);
std::string RefundKey(RefundId refund);

// Calls, applies and finishes the idempotency key. nullopt: the lease was lost, somebody else answers.
Task<std::optional<db::Reply>> CallCreate(Deps& deps, CreateWork work);
// The same, detached; the slot gets the answer. A fault is counted, and the attempt's lease and check bring it back.
void SpawnCreate(Deps& deps, CreateWork work, std::shared_ptr<ReplySlot> slot);

// Applies what a PSP said about an attempt, releases the lease, finishes the key (batched).
Task<std::optional<db::Reply>> ApplyAnswer(Deps& deps, CreateWork work, PspNews news);

// What a PSP said about an attempt that was to be opened.
struct CreateAnswer {
  CreateWork work;
  PspNews news;
};
// A batch of them, in a transaction of its own.
std::vector<std::optional<db::Reply>> ApplyAnswers(db::Tx& tx, Deps& deps, std::span<const CreateAnswer> answers);

// One refund to be sent to its PSP.
struct RefundWork {
  store::PaymentKey payment;
  Refund refund;
  std::string psp_reference;
  store::Lease lease;
  Chosen chosen;
  Cause cause;
  int sends = 0;
};
Task<std::optional<db::Reply>> CallRefund(Deps& deps, RefundWork work);
void SpawnRefund(Deps& deps, RefundWork work, std::shared_ptr<ReplySlot> slot);

// Waits for detached work as long as the call may: then ABORTED with RetryInfo and the resource's id.
Task<Result<db::Reply>> AwaitSlot(Deps& deps, db::Scope scope, db::IdempotentCall call, std::shared_ptr<ReplySlot> slot,
                                  std::string resource);

// Runs `work` detached; an exception is counted and empties the slot.
void SpawnGuarded(Deps& deps, Task<std::optional<Result<db::Reply>>> work, std::shared_ptr<ReplySlot> slot);

}  // namespace quittance::billing
