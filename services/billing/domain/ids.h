// The ids of billing. Shown with their prefix, never taken for one another.
#pragma once

#include "common/core/id.h"

namespace quittance::billing {

struct PaymentTag {
  static constexpr std::string_view kPrefix = "pay";
};
struct AttemptTag {
  static constexpr std::string_view kPrefix = "att";
};
struct RefundTag {
  static constexpr std::string_view kPrefix = "ref";
};
struct DisputeTag {
  static constexpr std::string_view kPrefix = "dis";
};
struct InvoiceTag {
  static constexpr std::string_view kPrefix = "inv";
};
struct CreditNoteTag {
  static constexpr std::string_view kPrefix = "crn";
};
struct PaymentMethodTag {
  static constexpr std::string_view kPrefix = "pm";
};
struct DiscrepancyTag {
  static constexpr std::string_view kPrefix = "dsc";
};
struct ReconciliationRunTag {
  static constexpr std::string_view kPrefix = "rec";
};
struct DeliveryTag {
  static constexpr std::string_view kPrefix = "whd";
};
using PaymentId = Id<PaymentTag>;
using AttemptId = Id<AttemptTag>;
using RefundId = Id<RefundTag>;
using DisputeId = Id<DisputeTag>;
using InvoiceId = Id<InvoiceTag>;
using CreditNoteId = Id<CreditNoteTag>;
using PaymentMethodId = Id<PaymentMethodTag>;
using DiscrepancyId = Id<DiscrepancyTag>;
using ReconciliationRunId = Id<ReconciliationRunTag>;
using DeliveryId = Id<DeliveryTag>;

}  // namespace quittance::billing
