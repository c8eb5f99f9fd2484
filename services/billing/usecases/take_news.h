// Taking one piece of news into a locked payment: which attempt and which refund it speaks of, and the facts that come of it.
// Invariant: a fact that is known already changes nothing; nothing is written here.
#pragma once

#include "services/billing/store/facts.h"
#include "services/billing/store/timeline.h"
#include "services/billing/usecases/apply_psp_news.h"

namespace quittance::billing {

// One payment on its way from what it was to what it is.
struct PaymentWork {
  Payment before;
  Payment after;
  std::vector<Fact> facts;                             // known and new
  std::set<std::pair<std::string, std::string>> keys;  // of facts: connection and key
  std::vector<Refund> refunds;
  std::vector<Dispute> disputes;
  std::vector<Refund> ended;   // settled or failed now
  std::set<RefundId> psp_has;  // refunds the PSP spoke of
  std::vector<store::NewFact> new_facts;
  std::vector<Refund> new_refunds;  // asked for at the PSP
  std::vector<store::PspCall> calls;
  std::map<AttemptId, std::string> signatures;
  std::set<AttemptId> touched;
  Cause cause;
};

// False: the fact is known already.
bool AddFact(PaymentWork& work, Fact fact, TimePoint now);

// `owner`: the attempt that the PSP's reference belongs to, where one does.
Match TakeNews(PaymentWork& work, Deps& deps, const TenantNews& item, std::optional<AttemptId> owner, TimePoint now);

}  // namespace quittance::billing
