// Names and help of what billing counts.
#include "services/billing/metrics.h"

namespace quittance::billing {

Metrics::Metrics(metrics::Registry& the_registry)
    : registry(the_registry),
      unknown_event_types(registry.GetCounter("quittance_billing_unknown_event_types_total", "Verified webhooks of a type we do not know")),
      late_successes(registry.GetCounter("quittance_billing_late_successes_total", "Payments that were paid after they had failed")),
      conflicts(registry.GetCounter("quittance_billing_conflicts_total", "Payments whose money is not what was asked for")),
      signature_seconds(registry.GetHistogram("quittance_billing_signature_seconds", "Time to check a webhook's signature", {},
                                              {0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.005, 0.025, 0.1})),
      disputes(registry.GetCounter("quittance_billing_disputes_total", "Disputes opened by payers")),
      fraud_warnings(registry.GetCounter("quittance_billing_fraud_warnings_total", "Payments that a PSP warned of")),
      owed_refunds(registry.GetCounter("quittance_billing_owed_refunds_total", "Refunds opened by themselves: surplus or superseded")),
      attempts_stuck(registry.GetCounter("quittance_billing_attempts_stuck_total", "Attempts with unknown outcome that need a person")),
      refunds_stuck(registry.GetCounter("quittance_billing_refunds_stuck_total", "Refunds with unknown outcome that need a person")),
      webhooks_stuck(registry.GetCounter("quittance_billing_webhooks_stuck_total", "Parked webhooks that need a person")),
      methods_stuck(registry.GetCounter("quittance_billing_methods_stuck_total", "Deleted payment methods that no PSP could be told of")),
      reconciled(registry.GetCounter("quittance_billing_reconciled_total", "Payments that PSPs listed in reconciliations")),
      reconciliation_healed(
          registry.GetCounter("quittance_billing_reconciliation_healed_total", "Payments that a PSP's list moved: webhooks were lost")),
      oldest_discrepancy(
          registry.GetGauge("quittance_billing_oldest_discrepancy_seconds", "Age of the oldest discrepancy that nobody has resolved")),
      watch_failures(registry.GetCounter("quittance_billing_watch_failures_total", "Looks at watched payments that failed")),
      detached_failures(
          registry.GetCounter("quittance_billing_detached_failures_total", "Detached work that ended in a fault; a job takes it up")) {
  for (const auto* result : {"applied", "ignored", "parked", "duplicate", "quarantined", "rejected"}) Webhooks(result);
  for (const auto* status : {"PENDING", "SUCCEEDED", "FAILED", "REFUNDED"}) Payments(status);
}

metrics::Counter& Metrics::Webhooks(const std::string& result) {
  return registry.GetCounter("quittance_billing_webhooks_total", "Webhooks by what became of them", {{"result", result}});
}

metrics::Counter& Metrics::Rejections(std::string_view reason) {
  return registry.GetCounter("quittance_billing_webhook_rejections_total", "Webhooks that were not believed, by why",
                             {{"reason", std::string(reason)}});
}

metrics::Counter& Metrics::Payments(const std::string& status) {
  return registry.GetCounter("quittance_billing_payments_total", "Payments by the status they entered", {{"status", status}});
}

}  // namespace quittance::billing
