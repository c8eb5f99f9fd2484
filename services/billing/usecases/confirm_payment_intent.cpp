// The new attempt is stored first; then the older ones are ended at their PSPs, and only then is the new one sent: the payer pays one of
// them.
#include "services/billing/usecases/confirm_payment_intent.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "services/billing/domain/life.h"
#include "services/billing/events.h"
#include "services/billing/psp/outgoing.h"
#include "services/billing/store/facts.h"
#include "services/billing/usecases/access.h"
#include "services/billing/usecases/end_attempts.h"
#include "services/billing/usecases/method_token.h"
#include "services/billing/usecases/resume.h"

namespace quittance::billing {
namespace {

Result<void> MayConfirm(const Payment& payment) {
  if (payment.status != Status::kPending || payment.detail == Detail::kConflicted) {
    return Precondition(Reason::kStateConflict, "only an unpaid intent takes a new attempt",
                        {{"detail", std::string(Name(payment.detail))}});
  }
  const bool unresolved = std::any_of(payment.attempts.begin(), payment.attempts.end(), [](const Attempt& a) {
    return IsOpen(a.status) && (a.unknown || a.status == AttemptStatus::kCreated || a.status == AttemptStatus::kProcessing);
  });
  if (unresolved) return Precondition(Reason::kAttemptUnresolved, "the PSP has not said yet what became of an attempt");
  return {};
}

struct Prepared {
  Chosen chosen;
  std::string return_url;
};

Task<Result<Prepared>> Prepare(Deps& deps, ConfirmPaymentIntentCommand command, Payment payment) {
  const auto settings = co_await deps.settings.For(command.once.tenant);
  const auto& last = payment.newest();
  if (auto ok = CheckReturnOrigin(command.return_url, settings->List("return_origins")); !ok) co_return ok.error();
  auto connection = command.connection.empty() ? last.connection : command.connection;
  std::optional<NamedMethod> named;
  if (command.method) {
    auto found = co_await NameMethod(deps, command.caller, payment.tenant, payment.user, *command.method, command.connection);
    if (!found) co_return found.error();
    named = std::move(*found);
    connection = named->method.connection;
  }
  auto chosen = ChooseConnection(deps, *settings, connection);
  if (!chosen) co_return chosen.error();
  if (named) chosen->method = named->method.id, chosen->method_token = std::move(named->token);
  co_return Prepared{std::move(*chosen), command.return_url.empty() ? last.return_url : command.return_url};
}

Payment AddAttempt(db::Tx& tx, Deps& deps, Payment payment, const ConfirmPaymentIntentCommand& command, const Prepared& prepared,
                   AttemptId id) {
  const TimePoint now = deps.clock.Now();
  Attempt attempt;
  attempt.id = id;
  attempt.number = payment.newest().number + 1;
  attempt.connection = prepared.chosen.connection.name;
  attempt.psp = prepared.chosen.psp->provider();
  attempt.return_url = prepared.return_url;
  attempt.method = prepared.chosen.method;
  attempt.create_time = now;
  payment.attempts.push_back(attempt);
  const auto facts = store::FindFacts(tx, {{payment.tenant, payment.id}});
  const auto known = facts.find({payment.tenant, payment.id});
  const auto folded = FoldOf(payment, known == facts.end() ? std::span<const Fact>{} : std::span<const Fact>(known->second));
  payment.status = folded.status;
  payment.detail = folded.detail;
  payment.expire_time = std::max(payment.expire_time, now + prepared.chosen.psp->intent_life());
  payment.update_time = now;
  ++payment.version;
  const store::NewAttempt row{payment.tenant, payment.user, payment.id, attempt, /*leased=*/true, now + Duration(kPspLease)};
  store::InsertAttempts(tx, std::span(&row, 1));
  const auto event = events::PaymentChanged(PaymentEvent::kUpdated, payment, {deps.ids.Next(), now, command.cause.traceparent});
  store::UpdatePayments(tx, std::span(&payment, 1), std::span(&event, 1));
  audit::Append(tx, {payment.tenant, now, command.cause, "ConfirmPaymentIntent", payment.id.ToString(), "", event.id});
  return payment;
}

// The new attempt is not sent: an older one is still alive, or has paid.
PspNews NotSent(const CreateWork& work, std::string code, TimePoint now) {
  PspNews news;
  news.connection = work.chosen.connection.name;
  news.about.attempt = work.attempt;
  news.unknown = false;
  news.statements = {psp::Seen(FactKind::kDeclined, work.chosen.connection, work.attempt, "", now)};
  news.statements.front().fact.code = std::move(code);
  return news;
}

Task<std::optional<Result<db::Reply>>> EndOldersThenCreate(Deps& deps, CreateWork work, int number) {
  auto ended = co_await QueryAttempts(deps, work.payment, number, work.cause);
  if (ended == Ended::kAll) ended = co_await CancelAttempts(deps, work.payment, number, work.cause);
  auto payment =
      co_await deps.db.Transact(db::Scope::Of(work.payment.tenant), [&](db::Tx& tx) { return store::FindPayment(tx, work.payment); });
  QUITTANCE_CRASH_POINT("billing.confirm.olders_ended");
  std::optional<db::Reply> reply;
  if (ended == Ended::kAll && payment->status == Status::kPending) {
    reply = co_await CallCreate(deps, std::move(work));
  } else {
    auto news = NotSent(work, ended == Ended::kAll ? "already_over" : "previous_attempt_unresolved", deps.clock.Now());
    reply = co_await ApplyAnswer(deps, std::move(work), std::move(news));
  }
  if (!reply) co_return std::nullopt;
  co_return std::optional<Result<db::Reply>>(Result<db::Reply>(std::move(*reply)));
}

}  // namespace

Task<Result<db::Reply>> ConfirmPaymentIntent(Deps& deps, ConfirmPaymentIntentCommand command) {
  const auto tenant_scope = db::Scope::Of(command.once.tenant);
  const store::PaymentKey key{command.once.tenant, command.payment};
  auto payment = co_await deps.db.Transact(ScopeOf(command.caller), [&](db::Tx& tx) { return store::FindPayment(tx, key); });
  if (!payment) co_return Missing(command.caller, "payment_intent_id");
  auto prepared = co_await Prepare(deps, command, *payment);
  if (!prepared) {
    auto refusal = co_await RefuseUnlessReplayed(deps, command.once, prepared.error());
    co_return refusal;
  }
  const auto attempt = deps.ids.New<AttemptId>();
  auto opened = co_await deps.db.OnceOpen<Payment>(tenant_scope, command.once, attempt.uuid, [&](db::Tx& tx) -> Result<Payment> {
    auto locked = store::LockPayment(tx, key);
    if (!locked) return Missing(command.caller, "payment_intent_id");
    if (auto ok = MayConfirm(*locked); !ok) return ok.error();
    return AddAttempt(tx, deps, std::move(*locked), command, *prepared, attempt);
  });
  if (!opened) co_return opened.error();
  if (opened->reply) co_return std::move(*opened->reply);
  if (!opened->fresh) {
    auto reply = co_await ResumeAttempt(deps, command.once, command.cause, AttemptId{opened->resource});
    co_return reply;
  }
  QUITTANCE_CRASH_POINT("billing.confirm.opened");
  CreateWork work{key, attempt, store::Lease{1}, std::move(prepared->chosen), payment->amount, prepared->return_url, command.cause};
  auto slot = std::make_shared<ReplySlot>(deps.executor);
  SpawnGuarded(deps, EndOldersThenCreate(deps, std::move(work), opened->fresh->newest().number), slot);
  auto reply = co_await AwaitSlot(deps, tenant_scope, command.once, slot, key.id.ToString());
  co_return reply;
}

}  // namespace quittance::billing
