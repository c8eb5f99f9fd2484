// The mock. Invariant: it is in the registry of the dev profile alone, and it says nothing that the tenant's setting did not.
#include "services/billing/psp/mock/mock.h"

#include "services/billing/domain/life.h"

namespace quittance::billing::psp::mock {
namespace {

// "mock_succeed_<attempt>"
std::string Reference(std::string_view outcome, AttemptId attempt) { return "mock_" + std::string(outcome) + "_" + attempt.uuid.Hex(); }

PspNews News(const Connection& connection, AttemptId attempt, const std::string& reference, const Money& amount, TimePoint now) {
  auto news = NewsOf(connection, attempt, reference);
  if (reference.starts_with("mock_succeed_")) {
    news.statements = {
        SeenMoney(FactKind::kCaptured, connection, attempt, reference, amount.amount_minor, std::string(amount.currency.code()), now)};
  } else if (reference.starts_with("mock_decline_")) {
    news.statements = {Seen(FactKind::kDeclined, connection, attempt, reference, now)};
    news.statements.front().fact.code = "mock_declined";
  } else {
    news.statements = {Seen(FactKind::kProcessing, connection, attempt, reference, now)};
  }
  return news;
}

}  // namespace

const Capabilities& Mock::capabilities() const {
  static const Capabilities kCapabilities{.intent_life = kCardLife};
  return kCapabilities;
}

Result<void> Mock::Ready(const Connection& connection) const {
  if (connection.Field("outcome").empty() || connection.environment == Environment::kLive)
    return Precondition(Reason::kPspNotConfigured, "a mock connection needs an outcome, and is never live");
  return {};
}

PspNews Mock::Instructions(const Connection&, const CreateCall&) const { CHECK(false); }

std::optional<Rejection> Mock::Verify(const Connection&, const RawWebhook&, TimePoint) const { return Rejection::kNoSecret; }

Event Mock::Translate(const Connection&, const std::string&) const { return {}; }

Task<PspNews> Mock::Create(Connection connection, CreateCall call) const {
  co_return News(connection, call.attempt, Reference(connection.Field("outcome"), call.attempt), call.amount, network_.clock.Now());
}

Task<PspNews> Mock::Query(Connection connection, ExistingPayment payment) const {
  co_return News(connection, payment.attempt, payment.psp_reference, payment.amount, network_.clock.Now());
}

Task<PspNews> Mock::Cancel(Connection connection, ExistingPayment payment) const {
  auto news = News(connection, payment.attempt, payment.psp_reference, payment.amount, network_.clock.Now());
  if (news.statements.front().fact.kind == FactKind::kProcessing)
    news.statements = {Seen(FactKind::kAttemptCanceled, connection, payment.attempt, payment.psp_reference, network_.clock.Now())};
  co_return news;
}

Task<PspNews> Mock::Refund(Connection connection, RefundCall call) const {
  PspNews news;
  news.connection = connection.name;
  news.statements = {SeenRefund(FactKind::kRefundSucceeded, connection, call.refund, "mock_" + call.refund.uuid.Hex(),
                                call.amount.amount_minor, std::string(call.amount.currency.code()), "", network_.clock.Now())};
  co_return news;
}

}  // namespace quittance::billing::psp::mock
