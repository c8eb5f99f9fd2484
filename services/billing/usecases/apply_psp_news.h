// The one path for PSP news: answers of calls, webhooks, re-queries, and this house's own facts. Locks the payments in the order of their
// ids, appends facts, folds, writes payment, audit and outbox rows if anything changed. Invariant: late and duplicated news change nothing.
#pragma once

#include "services/billing/deps.h"
#include "services/billing/domain/fold.h"
#include "services/billing/store/refunds.h"
#include "services/billing/store/timeline.h"

namespace quittance::billing {

// One piece of news for one tenant.
struct TenantNews {
  TenantId tenant;
  PspNews news;
  Cause cause;
  std::optional<store::PspCall> call = {};  // what this is the answer of, where the trail shall have it
};

enum class Match {
  kApplied,
  kUnknownPayment,     // no payment of ours, yet
  kUnknownConnection,  // the payment never had an attempt at this connection
  kUnreadableRefund,   // money given back in a currency or amount that cannot be
};
std::string_view Name(Match match);

struct Applied {
  Match match = Match::kUnknownPayment;
  std::optional<PaymentId> payment;
};

// In the caller's transaction; answers in the order of the news. `after` (may be null) receives every payment that was touched, as it now
// is.
std::vector<Applied> ApplyPspNews(db::Tx& tx, Deps& deps, std::span<const TenantNews> news,
                                  std::map<store::PaymentKey, Payment>* after = nullptr);

// News of this house: the intent was canceled or has expired.
TenantNews OwnFact(const Payment& payment, FactKind kind, const Cause& cause);

// The facts' view of a payment, for rules that need the fold itself.
Folded FoldOf(const Payment& payment, std::span<const Fact> facts);

}  // namespace quittance::billing
