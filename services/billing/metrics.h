// What billing counts, by name. Labels come from the closed lists below.
#pragma once

#include "common/metrics/registry.h"

namespace quittance::billing {

struct Metrics {
  explicit Metrics(metrics::Registry& registry);

  // applied, ignored, parked, duplicate, quarantined, rejected
  metrics::Counter& Webhooks(const std::string& result);
  // Rejected ones by psp::Name(Rejection): timestamp_outside in numbers is a clock that is off.
  metrics::Counter& Rejections(std::string_view reason);
  // SUCCEEDED, FAILED, REFUNDED, PENDING: states entered
  metrics::Counter& Payments(const std::string& status);

  metrics::Registry& registry;
  metrics::Counter& unknown_event_types;
  metrics::Counter& late_successes;         // alert: money after the end
  metrics::Counter& conflicts;              // alert: money that is not what was asked for
  metrics::Histogram& signature_seconds;    // of webhooks, good or bad
  metrics::Counter& disputes;               // alert: somebody wants money back
  metrics::Counter& fraud_warnings;         // alert: a dispute is likely
  metrics::Counter& owed_refunds;           // alert: surplus or superseded money goes back by itself
  metrics::Counter& attempts_stuck;         // alert: a person must ask the PSP
  metrics::Counter& refunds_stuck;          // alert: a person must ask the PSP
  metrics::Counter& webhooks_stuck;         // alert: parked for good
  metrics::Counter& methods_stuck;          // alert: a PSP was not told that a method is deleted
  metrics::Counter& reconciled;             // payments that PSPs listed
  metrics::Counter& reconciliation_healed;  // alert: webhooks get lost
  metrics::Gauge& oldest_discrepancy;       // alert: age in seconds of what nobody has resolved
  metrics::Counter& watch_failures;         // questions about watched payments that the database did not answer
  metrics::Counter& detached_failures;      // work after the caller's answer that ended in a fault
};

}  // namespace quittance::billing
