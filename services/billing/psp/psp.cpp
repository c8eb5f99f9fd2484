// What a PSP does unless it says otherwise: it needs nothing, lists nothing, keeps no payment methods, and asks where others capture.
#include "services/billing/psp/psp.h"

namespace quittance::billing::psp {

Task<void> Psp::Prepare(RawWebhook) const { co_return; }

Task<PspNews> Psp::Advance(Connection connection, ExistingPayment payment) const {
  auto news = co_await Query(std::move(connection), std::move(payment));
  co_return news;
}

Task<Listing> Psp::List(Connection, ListCall) const { co_return Listing{}; }

Task<Deleted> Psp::DeletePaymentMethod(Connection, MethodCall) const { co_return Deleted::kUnsupported; }

}  // namespace quittance::billing::psp
