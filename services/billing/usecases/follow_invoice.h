// An invoice follows its payment, in the payment's own transaction and under its lock. Invariant: paid once, by one payment; money that
// goes back leaves a credit note.
#pragma once

#include "services/billing/deps.h"
#include "services/billing/domain/refund.h"
#include "services/billing/store/refunds.h"

namespace quittance::billing {

// Whether money for this purpose has nowhere to go any more: the invoice was made void meanwhile.
bool InvoiceIsVoid(db::Tx& tx, const Payment& payment);

// The invoice's own event, if its state changed.
std::optional<::quittance::events::Event> FollowInvoice(db::Tx& tx, Deps& deps, const Payment& before, const Payment& after,
                                                        const Cause& cause, TimePoint now);

// A refund settled or failed.
void FollowRefund(db::Tx& tx, Deps& deps, const Payment& payment, const Refund& refund, TimePoint now);

}  // namespace quittance::billing
