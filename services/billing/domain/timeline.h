// What happened around one payment, as people read it. Invariant: entries stand in the order in which this house learnt or did things.
#pragma once

#include "services/billing/domain/payment.h"

namespace quittance::billing {

enum class EntryKind { kFact = 1, kDelivery = 2, kCall = 3, kAudit = 4 };

struct TimelineEntry {
  EntryKind kind;
  TimePoint time;
  std::string what;        // fact kind, event type, verb, action
  std::string id;          // of a delivery, audit row or attempt
  std::string connection;  // of a fact, delivery or call
  std::string reference;   // object of a fact, event id of a delivery, key of a call, subject of an audit row
  std::string detail;      // code, state and reason, outcome, JSON of an audit row
  std::optional<std::int64_t> amount_minor;
  std::string currency;
  std::string actor;     // of an audit row
  std::string event_id;  // that an audit row names
};

struct Timeline {
  Payment payment;
  std::vector<TimelineEntry> entries;
};

}  // namespace quittance::billing
