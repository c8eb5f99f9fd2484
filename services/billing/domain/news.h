// News of a PSP about one payment: what a webhook, an answer or a re-query said, before it is matched and folded.
#pragma once

#include "services/billing/domain/payment.h"

namespace quittance::billing {

// Whom a PSP speaks of. What is known is filled; the store matches by attempt, then reference, then payment.
struct AboutPayment {
  std::optional<PaymentId> payment;
  std::optional<AttemptId> attempt;
  std::string psp_reference;  // of the payment at the PSP
};

// One statement. Refund statements may name our refund, the PSP's, or neither.
struct Statement {
  Fact fact;
  std::optional<RefundId> refund;
  std::string psp_refund;
};

struct PspNews {
  std::string connection;
  AboutPayment about;
  std::vector<Statement> statements;
  // What a call learnt besides: only for answers of calls, never for webhooks.
  std::optional<bool> unknown;            // true: no answer came; false: one did
  bool asked = true;                      // false: unknown because nothing was sent, the connection's circuit is open
  std::optional<NextAction> next_action;  // of the attempt
  std::string request_signature;          // X-Signature we sent
};

}  // namespace quittance::billing
