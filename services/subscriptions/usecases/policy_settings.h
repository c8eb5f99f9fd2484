// The tenant's policies: what a partial refund and an open dispute do to access.
// Invariant: they are read in the transaction that acts on them, and only for news that they can change.
#pragma once

#include <vector>

#include "services/subscriptions/deps.h"
#include "services/subscriptions/domain/payment_news.h"

namespace quittance::subscriptions {

inline constexpr std::string_view kPartialRefund = "policy.partial_refund";  // keep (default) or shorten
inline constexpr std::string_view kDispute = "policy.dispute";               // suspend (default) or keep

// The rows of the settings table.
std::vector<settings::Key> PolicySettings();

Policy PolicyFor(Deps& deps, db::Tx& tx, const PaymentNews& news);

}  // namespace quittance::subscriptions
