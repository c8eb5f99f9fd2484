// Billing's and auth's messages to domain values. An id that does not parse is a broken event: it ends in the dead letters.
#include "services/subscriptions/api/consumers.h"

#include <algorithm>

#include "common/rpc/proto_time.h"
#include "common/trace/context.h"
#include "services/subscriptions/usecases/apply_payment_news.h"
#include "services/subscriptions/usecases/change_standing.h"
#include "services/subscriptions/usecases/know_user.h"
#include "services/subscriptions/wire.h"

namespace quittance::subscriptions::api {
namespace {

using PaymentIntent = billing::v1::PaymentIntent;

PaymentStatus StatusOf(PaymentIntent::Status status) {
  switch (status) {
    case PaymentIntent::SUCCEEDED:
      return PaymentStatus::kSucceeded;
    case PaymentIntent::FAILED:
      return PaymentStatus::kFailed;
    case PaymentIntent::REFUNDED:
      return PaymentStatus::kRefunded;
    case PaymentIntent::PENDING:
      return PaymentStatus::kPending;
    default:
      throw std::runtime_error("a payment has no status that this version knows");
  }
}

template <class StrongId>
StrongId IdOf(const std::string& text, const char* field) {
  const auto id = StrongId::Parse(text, field);
  if (!id) throw std::runtime_error(std::string("an event's ") + field + " is not an id");
  return *id;
}

const char* StatusName(auth::v1::User::Status status) {
  switch (status) {
    case auth::v1::User::STATUS_FROZEN:
      return "frozen";
    case auth::v1::User::STATUS_ERASED:
      return "erased";
    default:
      return "active";
  }
}

KnownUser KnownFrom(const quittance::events::Event& event, const auth::v1::UserState& user) {
  return {.tenant = event.tenant,
          .user = IdOf<UserId>(user.id(), "user.id"),
          .locale = user.locale() == "fr" ? "fr" : "en",
          .status = StatusName(user.status()),
          .version = user.version()};
}

// Of the price: what went back, by refunds and disputes. Surplus was never the price's.
std::int64_t ReturnedOf(const PaymentIntent& payment) {
  const auto kept =
      payment.amount_captured().amount_minor() - payment.amount_refunded().amount_minor() - payment.amount_disputed().amount_minor();
  return payment.has_amount_captured() ? std::max<std::int64_t>(0, payment.amount().amount_minor() - kept) : 0;
}

HeardPayment HeardFrom(const quittance::events::Event& event, const PaymentIntent& payment) {
  PaymentNews news{.tenant = event.tenant,
                   .payment = IdOf<PaymentId>(payment.id(), "payment_intent.id"),
                   .user = IdOf<UserId>(payment.user_id(), "payment_intent.user_id"),
                   .plan_code = payment.plan_code(),
                   .standing = StandingOf(StatusOf(payment.status()), payment.detail()),
                   .succeed_time = std::nullopt,
                   .change_time = event.time,
                   .version = payment.version(),
                   .amount_minor = payment.amount().amount_minor(),
                   .returned_minor = ReturnedOf(payment)};
  if (payment.has_succeed_time()) news.succeed_time = rpc::ReadTime(payment.succeed_time());
  if (payment.has_update_time()) news.change_time = rpc::ReadTime(payment.update_time());
  return {std::move(news), {.actor = "system:billing_events", .traceparent = trace::ChildOf(event.traceparent)}};
}

}  // namespace

void TakePayments(Deps& deps, db::Tx& tx, std::span<const quittance::events::Event* const> events) {
  std::vector<HeardPayment> heard;
  for (const auto* event : events) {
    // Every event of a payment has it as field 1.
    const auto message = Read<billing::v1::PaymentSucceeded>(*event);
    if (message.payment_intent().purpose_case() == PaymentIntent::kPlanCode) heard.push_back(HeardFrom(*event, message.payment_intent()));
  }
  ApplyPaymentNews(deps, tx, heard);
}

void TakeUsers(db::Tx& tx, std::span<const quittance::events::Event* const> events) {
  std::vector<KnownUser> users;
  for (const auto* event : events) users.push_back(KnownFrom(*event, Read<auth::v1::UserCreated>(*event).user()));
  LearnUsers(tx, users);
}

void TakeStanding(Deps& deps, db::Tx& tx, const quittance::events::Event& event, const auth::v1::UserState& user) {
  ChangeStanding(deps, tx, KnownFrom(event, user), {.actor = "system:auth_events", .traceparent = trace::ChildOf(event.traceparent)});
}

}  // namespace quittance::subscriptions::api
