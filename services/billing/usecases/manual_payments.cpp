// Each word is one transaction: the payment is locked, the word is stored or carried out, and what it comes to is the fold's business.
#include "services/billing/usecases/manual_payments.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "services/billing/events.h"
#include "services/billing/store/refunds.h"
#include "services/billing/usecases/apply_psp_news.h"
#include "services/billing/usecases/four_eyes.h"

namespace quittance::billing {
namespace {

constexpr std::string_view kManual = "manual";

const Attempt* ManualAttempt(const Payment& payment) {
  const auto found = std::find_if(payment.attempts.rbegin(), payment.attempts.rend(), [](const Attempt& a) { return a.psp == kManual; });
  return found == payment.attempts.rend() ? nullptr : &*found;
}

// The attempt that money may come to, under the payment's lock.
Result<const Attempt*> MayTell(const std::optional<Payment>& payment, const Caller& caller) {
  if (!payment) return Missing(caller, "payment_intent_id");
  const auto* attempt = ManualAttempt(*payment);
  if (attempt == nullptr) return Precondition(Reason::kPspUnsupported, "no attempt of this payment is a manual transfer");
  if (attempt->status == AttemptStatus::kSucceeded) {
    return Precondition(Reason::kStateConflict, "this transfer has arrived already", {{"state", std::string(Name(payment->detail))}});
  }
  return attempt;
}

PspNews Told(const Payment& payment, const Attempt& attempt, FactKind kind) {
  PspNews news;
  news.connection = attempt.connection;
  news.about = {payment.id, attempt.id, attempt.psp_reference};
  Statement statement;
  statement.fact.kind = kind;
  statement.fact.connection = attempt.connection;
  statement.fact.object = attempt.psp_reference;
  statement.fact.event_key = "manual:" + attempt.id.ToString() + ":" + std::string(Name(kind));
  news.statements = {std::move(statement)};
  return news;
}

db::Reply Apply(db::Tx& tx, Deps& deps, const store::PaymentKey& key, PspNews news, const Cause& cause) {
  const TenantNews item{key.tenant, std::move(news), cause};
  std::map<store::PaymentKey, Payment> after;
  ApplyPspNews(tx, deps, std::span(&item, 1), &after);
  return events::ReplyOf(after.at(key));
}

Result<db::Reply> Confirm(db::Tx& tx, Deps& deps, const ConfirmManualPaymentCommand& command) {
  const store::PaymentKey key{command.once.tenant, command.payment};
  const auto payment = store::LockPayment(tx, key);
  const auto attempt = MayTell(payment, command.caller);
  if (!attempt) return attempt.error();
  const auto words = std::to_string(command.amount.amount_minor) + " " + std::string(command.amount.currency.code());
  const auto word = Say(tx, {command.caller, command.cause, "ConfirmManualPayment", key.id.ToString(), words}, deps.clock.Now());
  if (!word) return word.error();
  if (*word == Word::kFirst) return events::AwaitingReplyOf(*payment);
  auto news = Told(*payment, **attempt, FactKind::kCaptured);
  news.statements[0].fact.amount_minor = command.amount.amount_minor;
  news.statements[0].fact.currency = command.amount.currency.code();
  return Apply(tx, deps, key, std::move(news), command.cause);
}

Result<db::Reply> Reject(db::Tx& tx, Deps& deps, const RejectManualPaymentCommand& command) {
  const store::PaymentKey key{command.once.tenant, command.payment};
  const auto payment = store::LockPayment(tx, key);
  const auto attempt = MayTell(payment, command.caller);
  if (!attempt) return attempt.error();
  if (!IsOpen((*attempt)->status)) return Precondition(Reason::kStateConflict, "this transfer is not awaited any more");
  audit::Append(tx, {key.tenant, deps.clock.Now(), command.cause, "RejectManualPayment", key.id.ToString(), "", {}});
  auto news = Told(*payment, **attempt, FactKind::kAttemptCanceled);
  news.statements[0].fact.code = command.reason;
  return Apply(tx, deps, key, std::move(news), command.cause);
}

// Locks the payment first, as everybody does; then looks at the refund again.
Result<db::Reply> ConfirmRefund(db::Tx& tx, Deps& deps, const ConfirmManualRefundCommand& command) {
  const auto tenant = command.once.tenant;
  const auto seen = store::FindRefund(tx, tenant, command.refund);
  if (!seen) return Missing(command.caller, "refund_id");
  const auto payment = store::LockPayment(tx, {tenant, seen->payment});
  const auto refund = store::FindRefund(tx, tenant, command.refund);
  if (!refund->manual) return Precondition(Reason::kPspUnsupported, "the PSP carries this refund out by itself");
  if (refund->status != RefundStatus::kPending) {
    return Precondition(Reason::kStateConflict, "this refund is settled", {{"state", std::string(Name(refund->status))}});
  }
  const auto words = (command.failed ? "failed " : "done ") + command.reference;
  const auto word = Say(tx, {command.caller, command.cause, "ConfirmManualRefund", refund->id.ToString(), words}, deps.clock.Now());
  if (!word) return word.error();
  if (*word == Word::kFirst) return events::ReplyOf(*refund);
  PspNews news;
  news.connection = refund->connection;
  news.about.payment = payment->id;
  Statement statement;
  statement.refund = refund->id;
  statement.fact.kind = command.failed ? FactKind::kRefundFailed : FactKind::kRefundSucceeded;
  statement.fact.connection = refund->connection;
  statement.fact.event_key = "manual:" + refund->id.ToString();
  statement.fact.code = command.reference;
  statement.fact.amount_minor = refund->amount.amount_minor;
  statement.fact.currency = refund->amount.currency.code();
  news.statements = {std::move(statement)};
  Apply(tx, deps, {tenant, payment->id}, std::move(news), command.cause);
  return events::ReplyOf(*store::FindRefund(tx, tenant, refund->id));
}

}  // namespace

Task<Result<db::Reply>> ConfirmManualPayment(Deps& deps, ConfirmManualPaymentCommand command) {
  auto reply =
      co_await deps.db.Once(db::Scope::Of(command.once.tenant), command.once, [&](db::Tx& tx) { return Confirm(tx, deps, command); });
  co_return reply;
}

Task<Result<db::Reply>> RejectManualPayment(Deps& deps, RejectManualPaymentCommand command) {
  auto reply =
      co_await deps.db.Once(db::Scope::Of(command.once.tenant), command.once, [&](db::Tx& tx) { return Reject(tx, deps, command); });
  co_return reply;
}

Task<Result<db::Reply>> ConfirmManualRefund(Deps& deps, ConfirmManualRefundCommand command) {
  auto reply =
      co_await deps.db.Once(db::Scope::Of(command.once.tenant), command.once, [&](db::Tx& tx) { return ConfirmRefund(tx, deps, command); });
  co_return reply;
}

Task<std::vector<ReceivingAddress>> ListReceivingAddresses(Deps& deps, TenantId tenant) {
  const auto settings = co_await deps.settings.For(tenant);
  std::vector<ReceivingAddress> addresses;
  for (const auto& [kind, value] : settings->WithPrefix("receiving.")) addresses.push_back({kind, settings->List("receiving." + kind)});
  co_return addresses;
}

}  // namespace quittance::billing
