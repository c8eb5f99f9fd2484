// The generic HMAC PSP's signature and JSON to our facts, pure. The timestamped scheme: X-Timestamp and X-Signature `v1=<hex>[,v1=<hex>]`
// over `<timestamp>.<raw body>`; others where psp.*.signature says so (schemes.h). Invariant: a status we do not know
// is pending, an event we do not know is stored and ignored.
#pragma once

#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::hmac {

std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now);

Event TranslateEvent(const Connection& connection, const std::string& body);

// Answer of POST /payments, GET /payments/{reference} and cancel: `{reference, redirect_url, status[, amount_minor, currency, code]}`.
std::optional<PspNews> ReadPayment(const Connection& connection, AttemptId attempt, const Money& asked, const std::string& body,
                                   TimePoint now);

// Answer of GET /payments?since=: `{items: [payment…]}`.
Listing ReadPayments(const Connection& connection, const std::string& body, TimePoint now);

// Answer of POST /payments/{reference}/refunds: `{id | refund_reference, status[, amount_minor, currency, code]}`.
std::optional<PspNews> ReadRefund(const Connection& connection, RefundId refund, const Money& asked, const std::string& body,
                                  TimePoint now);

std::string PaymentBody(const CreateCall& call);
std::string RefundBody(const RefundCall& call);

// `code` of a refusal; "refused" when it has none.
std::string ErrorCode(const std::string& body);

}  // namespace quittance::billing::psp::hmac
