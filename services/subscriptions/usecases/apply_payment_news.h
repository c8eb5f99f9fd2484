// ApplyPaymentNews: what a billing event's state does to access. Runs inside the consumer's transaction.
// Invariant: a payment gives at most one period, ever; a version that is not above the one seen changes nothing.
#pragma once

#include "services/subscriptions/deps.h"
#include "services/subscriptions/domain/payment_news.h"

namespace quittance::subscriptions {

void ApplyPaymentNews(Deps& deps, db::Tx& tx, PaymentNews news, const Cause& cause);

}  // namespace quittance::subscriptions
