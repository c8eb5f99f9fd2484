// Calls of PSPs and what becomes of their answers.
#include "services/billing/usecases/call_psp.h"

#include "common/core/crash_point.h"
#include "services/billing/domain/life.h"
#include "services/billing/events.h"
#include "services/billing/store/facts.h"
#include "services/billing/usecases/fall_back.h"
#include "services/billing/usecases/hot_paths.h"

namespace quittance::billing {
namespace {

Task<void> Guard(Deps& deps, Task<std::optional<Result<db::Reply>>> work, std::shared_ptr<ReplySlot> slot) {
  std::optional<Result<db::Reply>> answer;
  try {
    answer = co_await std::move(work);
  } catch (const std::exception&) {
    deps.metrics.detached_failures.Add();
  }
  slot->Put(std::move(answer));
}

Task<std::optional<Result<db::Reply>>> Answered(Task<std::optional<db::Reply>> work) {
  auto reply = co_await std::move(work);
  if (!reply) co_return std::nullopt;
  co_return std::optional<Result<db::Reply>>(Result<db::Reply>(std::move(*reply)));
}

// The PSP's capture that a refund takes from: the attempt's largest.
std::string CaptureOf(db::Tx& tx, const RefundWork& work) {
  const auto facts = store::FindFacts(tx, {work.payment});
  const auto known = facts.find(work.payment);
  const Fact* largest = nullptr;
  if (known != facts.end()) {
    for (const auto& fact : known->second) {
      if (fact.kind != FactKind::kCaptured || fact.attempt != work.refund.attempt) continue;
      if (largest == nullptr || largest->amount_minor < fact.amount_minor) largest = &fact;
    }
  }
  return largest == nullptr ? "" : largest->object;
}

bool IsUnknown(const PspNews& news) { return news.unknown.value_or(false); }

// It was the last look: a person must.
bool IsStuck(const CreateWork& work, const PspNews& news) {
  return IsUnknown(news) && news.asked && !PauseAfter(kResolveAfter, work.checks);
}

// When the janitor looks after an attempt whose outcome is unknown.
void LookAgain(db::Tx& tx, const CreateWork& work, const PspNews& news, TimePoint now) {
  if (!news.asked) {
    store::PutOffCheck(tx, work.payment.tenant, work.attempt, now + PauseUnasked(now - work.since.value_or(now)));
  } else {
    const auto pause = PauseAfter(kResolveAfter, work.checks);
    store::SetAttemptCheck(tx, work.payment.tenant, work.attempt, pause ? std::optional(now + *pause) : std::nullopt);
  }
}

// For the trail: the first answer needs no row of its own, and who was not asked was not called.
std::optional<store::PspCall> CallOf(const CreateWork& work, const PspNews& news) {
  if (!news.asked || (work.checks == 0 && !IsUnknown(news))) return std::nullopt;
  return store::PspCall{work.verb, work.chosen.connection.name, CreateKey(work.attempt), !IsUnknown(news), news.request_signature};
}

}  // namespace

std::string CreateKey(AttemptId attempt) { return "pay:" + attempt.ToString(); }
std::string RefundKey(RefundId refund) { return "refund:" + refund.ToString(); }

std::vector<std::optional<db::Reply>> ApplyAnswers(db::Tx& tx, Deps& deps, std::span<const CreateAnswer> answers) {
  const TimePoint now = deps.clock.Now();
  std::vector<TenantNews> items;
  std::vector<store::HeldLease> leases;
  for (const auto& [work, news] : answers) {
    items.push_back({work.payment.tenant, news, work.cause, CallOf(work, news)});
    leases.push_back({work.payment.tenant, work.attempt, work.lease});
  }
  std::map<store::PaymentKey, Payment> after;
  ApplyPspNews(tx, deps, items, &after);
  const auto held = store::ReleaseAttempts(tx, leases);
  std::vector<db::FinishedKey> finished;
  std::vector<std::optional<db::Reply>> replies;
  for (const auto& [work, news] : answers) {
    if (IsUnknown(news)) LookAgain(tx, work, news, now);
    finished.push_back({work.payment.tenant, work.answers.value_or(work.attempt.uuid), events::ReplyOf(after.at(work.payment))});
    replies.push_back(held.contains(work.attempt) ? std::optional(finished.back().reply) : std::nullopt);
  }
  db::FinishKeys(tx, finished);
  return replies;
}

Task<std::optional<db::Reply>> ApplyAnswer(Deps& deps, CreateWork work, PspNews news) {
  news.about.payment = work.payment.id;
  const bool stuck = IsStuck(work, news);
  CreateAnswer answer{std::move(work), std::move(news)};
  auto reply = co_await deps.hot->answers.Submit(std::move(answer));
  QUITTANCE_CRASH_POINT("billing.attempt.applied");
  if (stuck) deps.metrics.attempts_stuck.Add();
  co_return reply;
}

Task<std::optional<db::Reply>> CallCreate(Deps& deps, CreateWork work) {
  const TimePoint since = work.since.value_or(deps.clock.Now());
  psp::CreateCall call{CreateKey(work.attempt),
                       work.payment.id,
                       work.attempt,
                       work.amount,
                       work.return_url,
                       since,
                       std::string(work.chosen.method_token.Reveal())};
  auto news = co_await work.chosen.psp->Create(work.chosen.connection, std::move(call));
  QUITTANCE_CRASH_POINT("billing.create.psp_answered");
  if (MayFallBack(work, news)) {
    auto next = co_await FallBack(deps, work, news);
    if (next.taken_over) co_return std::nullopt;
    if (next.work) {
      auto reply = co_await CallCreate(deps, std::move(*next.work));
      co_return reply;
    }
  }
  auto reply = co_await ApplyAnswer(deps, std::move(work), std::move(news));
  co_return reply;
}

void SpawnGuarded(Deps& deps, Task<std::optional<Result<db::Reply>>> work, std::shared_ptr<ReplySlot> slot) {
  deps.executor.Spawn(Guard(deps, std::move(work), std::move(slot)));
}

void SpawnCreate(Deps& deps, CreateWork work, std::shared_ptr<ReplySlot> slot) {
  SpawnGuarded(deps, Answered(CallCreate(deps, std::move(work))), std::move(slot));
}

Task<std::optional<db::Reply>> CallRefund(Deps& deps, RefundWork work) {
  psp::RefundCall call{RefundKey(work.refund.id), work.payment.id, work.refund.id, work.psp_reference, work.refund.amount};
  if (work.chosen.psp->capabilities().refunds_capture) {
    call.capture = co_await deps.db.Transact(db::Scope::Of(work.payment.tenant), [&](db::Tx& tx) { return CaptureOf(tx, work); });
  }
  auto news = co_await work.chosen.psp->Refund(work.chosen.connection, std::move(call));
  QUITTANCE_CRASH_POINT("billing.refund.psp_answered");
  news.about.payment = work.payment.id;
  const bool unknown = IsUnknown(news), asked = news.asked;
  news.unknown.reset();  // it says nothing of the attempt
  const TimePoint now = deps.clock.Now();
  const auto tenant = work.payment.tenant;
  std::optional<store::PspCall> record;
  if (asked) record = {"refund", work.chosen.connection.name, RefundKey(work.refund.id), !unknown, news.request_signature};
  const TenantNews item{tenant, std::move(news), work.cause, std::move(record)};
  std::optional<db::Reply> reply = co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) -> std::optional<db::Reply> {
    ApplyPspNews(tx, deps, std::span(&item, 1));
    const bool held = store::ReleaseRefund(tx, tenant, work.refund.id, work.lease);
    if (!asked) {
      store::PutOffSend(tx, tenant, work.refund.id, now + PauseUnasked(now - work.refund.create_time));
    } else if (unknown) {
      const auto pause = PauseAfter(kResendRefundAfter, work.sends);
      store::SetRefundSend(tx, tenant, work.refund.id, pause ? std::optional(now + *pause) : std::nullopt);
    }
    const auto refund = store::FindRefund(tx, tenant, work.refund.id);
    CHECK(refund);
    auto answer = events::ReplyOf(*refund);
    db::FinishKey(tx, tenant, work.refund.id.uuid, answer);
    return held ? std::optional(std::move(answer)) : std::nullopt;
  });
  QUITTANCE_CRASH_POINT("billing.refund.applied");
  if (unknown && asked && !PauseAfter(kResendRefundAfter, work.sends)) deps.metrics.refunds_stuck.Add();
  co_return reply;
}

void SpawnRefund(Deps& deps, RefundWork work, std::shared_ptr<ReplySlot> slot) {
  SpawnGuarded(deps, Answered(CallRefund(deps, std::move(work))), std::move(slot));
}

Task<Result<db::Reply>> AwaitSlot(Deps& deps, db::Scope scope, db::IdempotentCall call, std::shared_ptr<ReplySlot> slot,
                                  std::string resource) {
  auto waited = co_await ReplySlot::Wait(slot, call.deadline);
  if (waited.state == ReplySlot::State::kAnswered) co_return std::move(*waited.answer);
  if (waited.state == ReplySlot::State::kLate) co_return InProgress(resource);
  auto reply = co_await deps.db.AwaitReply(std::move(scope), std::move(call));
  co_return reply;
}

}  // namespace quittance::billing
