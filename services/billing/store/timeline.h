// What happened around one payment, read for people: calls to PSPs here, and the rows of facts, deliveries and audit in one order of time.
#pragma once

#include "services/billing/domain/timeline.h"
#include "services/billing/store/payments.h"

namespace quittance::billing::store {

// One call to a PSP that is worth its row: every one but an attempt's first create, which the attempt itself tells of.
struct PspCall {
  std::string verb;  // create, query, cancel, refund
  std::string connection;
  std::string key;  // ours; empty for a query
  bool answered = true;
  std::string request_signature;
};
struct NewPspCall {
  PaymentKey payment;
  UserId user;
  PspCall call;
};
void InsertPspCalls(db::Tx& tx, std::span<const NewPspCall> calls, TimePoint now);
int PurgePspCalls(db::Tx& tx, TimePoint before, int limit);

inline constexpr int kTimelineMax = 1000;  // of each kind, the newest
// Oldest first.
std::vector<TimelineEntry> ReadTimeline(db::Tx& tx, const Payment& payment);

}  // namespace quittance::billing::store
