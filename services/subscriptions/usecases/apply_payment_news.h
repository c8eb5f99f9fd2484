// ApplyPaymentNews: what a billing event's state does to access. Runs inside the consumer's transaction.
// Invariant: a payment gives at most one period, ever; a version that is not above the one seen changes nothing.
#pragma once

#include "services/subscriptions/deps.h"
#include "services/subscriptions/domain/payment_news.h"

namespace quittance::subscriptions {

struct HeardPayment {
  PaymentNews news;
  Cause cause;
};

// In their order, in a few statements for all. Throws where one of them cannot be applied: a paid plan that is not known.
void ApplyPaymentNews(Deps& deps, db::Tx& tx, std::span<const HeardPayment> heard);

}  // namespace quittance::subscriptions
