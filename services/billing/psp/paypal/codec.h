// PayPal's orders, captures, refunds and disputes to our facts, pure. Invariant: approved is not paid; a status we do not know is pending;
// captures are told apart by the capture's id, the payment is known by `custom_id`, the attempt or refund by `invoice_id`.
#pragma once

#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::paypal {

const std::vector<std::string_view>& Currencies();

// "19.90"; currencies that PayPal counts without decimals are whole. nullopt: PayPal cannot be asked for this amount.
std::optional<std::string> ToValue(const Money& money);

Event TranslateEvent(const Connection& connection, const std::string& body);

// An order as an answer to a call about `attempt`. nullopt: not an order.
struct Order {
  PspNews news;
  bool approved = false;   // the payer has; the money has not moved
  bool completed = false;  // a capture was made
};
std::optional<Order> ReadOrder(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now);

// A refund as an answer to our refund's call.
std::optional<PspNews> ReadRefund(const Connection& connection, RefundId refund, const std::string& body, TimePoint now);

// A page of /v1/reporting/transactions; `next_page` is a number.
Listing ReadTransactions(const Connection& connection, const std::string& body, TimePoint now);

std::string OrderBody(const CreateCall& call, const std::string& value);
std::string RefundBody(const RefundCall& call, const std::string& value);

// `details[0].issue`, else `name`, of an error answer; "refused" when it has neither.
std::string ErrorCode(const std::string& body);

}  // namespace quittance::billing::psp::paypal
