// Manual transfer. Invariant: it never says that money came; only people will (ConfirmManualPayment).
#include "services/billing/psp/manual/manual.h"

#include "services/billing/domain/life.h"
#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::manual {
namespace {

// Short enough for a bank's form, random enough to be unique: the last 48 bits of the attempt's id.
std::string TransferReference(AttemptId attempt) {
  auto digits = attempt.uuid.Hex().substr(20);
  for (auto& c : digits) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  return "QT-" + digits;
}

}  // namespace

const Capabilities& Manual::capabilities() const {
  static const Capabilities kCapabilities{.intent_life = kTransferLife, .pure = true, .refunds = false};
  return kCapabilities;
}

Result<void> Manual::Ready(const Connection& connection) const {
  if (connection.receiving_lines.empty())
    return Precondition(Reason::kPspNotConfigured, "neither receiving.bank nor receiving.crypto is set");
  return {};
}

PspNews Manual::Instructions(const Connection& connection, const CreateCall& call) const {
  auto news = NewsOf(connection, call.attempt, TransferReference(call.attempt));
  news.statements = {Seen(FactKind::kRequiresAction, connection, call.attempt, news.about.psp_reference, TimePoint{})};
  news.next_action.emplace();
  news.next_action->transfer_lines = connection.receiving_lines;
  news.next_action->transfer_reference = news.about.psp_reference;
  return news;
}

std::optional<Rejection> Manual::Verify(const Connection&, const RawWebhook&, TimePoint) const { return Rejection::kNoSecret; }

Event Manual::Translate(const Connection&, const std::string&) const { CHECK(false); }

Task<PspNews> Manual::Create(Connection connection, CreateCall call) const { co_return Instructions(connection, call); }

Task<PspNews> Manual::Query(Connection connection, ExistingPayment payment) const {
  co_return NewsOf(connection, payment.attempt, TransferReference(payment.attempt));
}

Task<PspNews> Manual::Cancel(Connection connection, ExistingPayment payment) const {
  auto news = NewsOf(connection, payment.attempt, TransferReference(payment.attempt));
  news.statements = {Seen(FactKind::kAttemptCanceled, connection, payment.attempt, news.about.psp_reference, TimePoint{})};
  co_return news;
}

Task<PspNews> Manual::Refund(Connection, RefundCall) const { CHECK(false); }

}  // namespace quittance::billing::psp::manual
