// PayPal's events, orders and refunds to our facts.
#include <gtest/gtest.h>

#include "services/billing/psp/paypal/codec.h"

namespace quittance::billing::psp::paypal {
namespace {

const std::string kPayment = "pay_0123456789abcdef0123456789abcdef";
const std::string kAttempt = "att_0123456789abcdef0123456789abcdef";
const RefundId kRefund{*Uuid::Parse("0123456789abcdef0123456789abcdef")};

Connection Account() {
  Connection connection;
  connection.name = "paypal";
  return connection;
}

Event Read(const std::string& type, const std::string& resource) {
  return TranslateEvent(Account(),
                        R"({"id":"WH-1","event_type":")" + type + R"(","create_time":"2026-11-21T10:00:00Z","resource":)" + resource + "}");
}

std::string Capture(const std::string& status, const std::string& value = "19.90") {
  return R"({"id":"CAP1","status":")" + status + R"(","amount":{"currency_code":"EUR","value":")" + value + R"("},"custom_id":")" +
         kPayment + R"(","invoice_id":")" + kAttempt + R"(","supplementary_data":{"related_ids":{"order_id":"ORDER1"}}})";
}

std::string Order(const std::string& status, const std::string& payments = "") {
  return R"({"id":"ORDER1","status":")" + status + R"(","purchase_units":[{"custom_id":")" + kPayment + R"(")" +
         (payments.empty() ? "" : R"(,"payments":)" + payments) +
         R"(}],"links":[{"rel":"payer-action","href":"https://www.paypal.com/checkoutnow?token=ORDER1"}]})";
}

TEST(PayPalCodec, ApprovedIsNotPaid) {
  const auto event = Read("CHECKOUT.ORDER.APPROVED", Order("APPROVED"));
  EXPECT_EQ(event.kind, Event::Kind::kAsk);
  EXPECT_EQ(event.news.about.psp_reference, "ORDER1");
  EXPECT_EQ(event.news.about.payment->ToString(), kPayment);
  EXPECT_TRUE(event.news.statements.empty());
}

TEST(PayPalCodec, CapturesBecomeFacts) {
  const auto kind = [](const std::string& type) { return Read(type, Capture("COMPLETED")).news.statements.at(0).fact.kind; };
  EXPECT_EQ(kind("PAYMENT.CAPTURE.COMPLETED"), FactKind::kCaptured);
  EXPECT_EQ(kind("PAYMENT.CAPTURE.PENDING"), FactKind::kProcessing);
  EXPECT_EQ(kind("PAYMENT.CAPTURE.DENIED"), FactKind::kDeclined);
  EXPECT_EQ(kind("PAYMENT.CAPTURE.DECLINED"), FactKind::kDeclined);
  const auto event = Read("PAYMENT.CAPTURE.COMPLETED", Capture("COMPLETED"));
  const auto& fact = event.news.statements[0].fact;
  EXPECT_EQ(fact.object, "CAP1");
  EXPECT_EQ(fact.amount_minor, 1990);
  EXPECT_EQ(fact.currency, "EUR");
  EXPECT_EQ(fact.event_key, "WH-1");
  EXPECT_EQ(event.news.about.psp_reference, "ORDER1");
  EXPECT_EQ(event.news.about.attempt->ToString(), kAttempt);
}

TEST(PayPalCodec, TheApprovalTakenBackEndsTheAttempt) {
  const auto event =
      Read("CHECKOUT.PAYMENT-APPROVAL.REVERSED", R"({"order_id":"ORDER1","purchase_units":[{"custom_id":")" + kPayment + R"("}]})");
  EXPECT_EQ(event.news.statements.at(0).fact.kind, FactKind::kAttemptCanceled);
  EXPECT_EQ(event.news.about.psp_reference, "ORDER1");
}

TEST(PayPalCodec, RefundsNameOursWhereWeAskedForThem) {
  const std::string ours = R"({"id":"REF1","status":"COMPLETED","amount":{"currency_code":"EUR","value":"5.00"},"custom_id":")" + kPayment +
                           R"(","invoice_id":")" + kRefund.ToString() + R"("})";
  const auto event = Read("PAYMENT.CAPTURE.REFUNDED", ours);
  EXPECT_EQ(event.news.statements.at(0).refund, kRefund);
  EXPECT_EQ(event.news.statements[0].psp_refund, "REF1");
  EXPECT_EQ(event.news.statements[0].fact.kind, FactKind::kRefundSucceeded);
  EXPECT_EQ(event.news.statements[0].fact.amount_minor, 500);
  const std::string theirs = R"({"id":"REF2","status":"COMPLETED","amount":{"currency_code":"EUR","value":"5.00"},"custom_id":")" +
                             kPayment + R"(","invoice_id":")" + kAttempt + R"("})";
  EXPECT_FALSE(Read("PAYMENT.CAPTURE.REFUNDED", theirs).news.statements.at(0).refund);
  EXPECT_FALSE(Read("PAYMENT.CAPTURE.REFUNDED", theirs).news.about.attempt);
}

// What PayPal reverses and what its dispute says is the same money: one object.
TEST(PayPalCodec, AReversalAndItsDisputeAreOneObject) {
  const auto reversed = Read("PAYMENT.CAPTURE.REVERSED", Capture("REVERSED"));
  EXPECT_EQ(reversed.news.statements.at(0).fact.kind, FactKind::kDisputeWithdrawn);
  const auto dispute = [](const std::string& status, const std::string& outcome) {
    return Read("CUSTOMER.DISPUTE.RESOLVED", R"({"dispute_id":"PP-D-1","status":")" + status +
                                                 R"(","dispute_amount":{"currency_code":"EUR","value":"19.90"},)" +
                                                 R"("disputed_transactions":[{"seller_transaction_id":"CAP1","custom":")" + kPayment +
                                                 R"("}],)" + R"("dispute_outcome":{"outcome_code":")" + outcome + R"("}})");
  };
  EXPECT_EQ(dispute("RESOLVED", "RESOLVED_BUYER_FAVOUR").news.statements.at(0).fact.object, reversed.news.statements[0].fact.object);
  EXPECT_EQ(dispute("RESOLVED", "RESOLVED_BUYER_FAVOUR").news.statements.at(0).fact.kind, FactKind::kDisputeLost);
  EXPECT_EQ(dispute("RESOLVED", "RESOLVED_SELLER_FAVOUR").news.statements.at(0).fact.kind, FactKind::kDisputeWon);
  EXPECT_EQ(dispute("WAITING_FOR_SELLER_RESPONSE", "").news.statements.at(0).fact.kind, FactKind::kDisputeOpened);
  EXPECT_EQ(dispute("RESOLVED", "AN_OUTCOME_OF_2030").news.statements.at(0).fact.kind, FactKind::kDisputeReview);
}

TEST(PayPalCodec, W20_W27_UnknownAndUnreadable) {
  EXPECT_EQ(Read("INVOICING.INVOICE.PAID", "{}").kind, Event::Kind::kIgnored);
  EXPECT_FALSE(Read("INVOICING.INVOICE.PAID", "{}").known_type);
  EXPECT_TRUE(Read("BILLING.SUBSCRIPTION.CREATED", "{}").known_type);
  EXPECT_EQ(Read("PAYMENT.CAPTURE.COMPLETED", "{}").kind, Event::Kind::kUnreadable);
  EXPECT_EQ(Read("PAYMENT.CAPTURE.COMPLETED", Capture("COMPLETED", "19.905")).kind, Event::Kind::kUnreadable);
  EXPECT_EQ(Read("PAYMENT.CAPTURE.COMPLETED", Capture("COMPLETED", "1e3")).kind, Event::Kind::kUnreadable);
  EXPECT_EQ(TranslateEvent(Account(), "<html>").kind, Event::Kind::kUnreadable);
  EXPECT_EQ(TranslateEvent(Account(), R"({"event_type":"X"})").kind, Event::Kind::kUnreadable);
}

TEST(PayPalCodec, OrdersAsAnswers) {
  const auto read = [](const std::string& body) { return *ReadOrder(Account(), {}, body, {}); };
  const auto waiting = read(Order("PAYER_ACTION_REQUIRED"));
  EXPECT_EQ(waiting.news.statements[0].fact.kind, FactKind::kRequiresAction);
  EXPECT_EQ(waiting.news.next_action->redirect_url, "https://www.paypal.com/checkoutnow?token=ORDER1");
  EXPECT_TRUE(read(Order("APPROVED")).approved);
  EXPECT_EQ(read(Order("APPROVED")).news.statements[0].fact.kind, FactKind::kProcessing);
  EXPECT_FALSE(read(Order("APPROVED")).news.next_action);
  EXPECT_EQ(read(Order("VOIDED")).news.statements[0].fact.kind, FactKind::kAttemptCanceled);
  EXPECT_EQ(read(Order("A_STATUS_OF_2030")).news.statements[0].fact.kind, FactKind::kRequiresAction);
  const auto paid =
      read(Order("COMPLETED", R"({"captures":[)" + Capture("PARTIALLY_REFUNDED") +
                                  R"(],"refunds":[{"id":"REF1","status":"COMPLETED","amount":{"currency_code":"EUR","value":"5.00"}}]})"));
  EXPECT_TRUE(paid.completed);
  EXPECT_EQ(paid.news.statements.at(0).fact.kind, FactKind::kCaptured);
  EXPECT_EQ(paid.news.statements.at(1).fact.kind, FactKind::kRefundSucceeded);
  EXPECT_FALSE(ReadOrder(Account(), {}, R"({"name":"RESOURCE_NOT_FOUND"})", {}));
  EXPECT_FALSE(ReadOrder(Account(), {}, Order("COMPLETED", R"({"captures":[{"id":"CAP1","status":"COMPLETED"}]})"), {}));
}

TEST(PayPalCodec, M06_AmountsInPayPalsSpelling) {
  EXPECT_EQ(ToValue({1990, *Currency::Parse("EUR")}), "19.90");
  EXPECT_EQ(ToValue({5, *Currency::Parse("EUR")}), "0.05");
  EXPECT_EQ(ToValue({1990, *Currency::Parse("JPY")}), "1990");
  EXPECT_EQ(ToValue({199000, *Currency::Parse("HUF")}), "1990");
  EXPECT_FALSE(ToValue({199050, *Currency::Parse("HUF")}));
}

TEST(PayPalCodec, TheReportOfTransactions) {
  const auto listing = ReadTransactions(Account(),
                                        R"({"page":1,"total_pages":2,"transaction_details":[
          {"transaction_info":{"transaction_id":"CAP1","transaction_event_code":"T0006","transaction_status":"S","custom_field":")" +
                                            kPayment + R"(","transaction_amount":{"currency_code":"EUR","value":"19.90"}}},
          {"transaction_info":{"transaction_id":"REF1","transaction_event_code":"T1107","transaction_status":"S","custom_field":")" +
                                            kPayment + R"(","transaction_amount":{"currency_code":"EUR","value":"-5.00"}}},
          {"transaction_info":{"transaction_id":"FEE1","transaction_event_code":"T0106","transaction_status":"S",
           "transaction_amount":{"currency_code":"EUR","value":"-0.50"}}}]})",
                                        {});
  EXPECT_TRUE(listing.known);
  EXPECT_EQ(listing.next_page, "2");
  ASSERT_EQ(listing.payments.size(), 2u);
  EXPECT_EQ(listing.payments[0].statements[0].fact.object, "CAP1");
  EXPECT_EQ(listing.payments[1].statements[0].fact.kind, FactKind::kRefundSucceeded);
  EXPECT_EQ(listing.payments[1].statements[0].fact.amount_minor, 500);
  EXPECT_FALSE(ReadTransactions(Account(), "{}", {}).known);
}

}  // namespace
}  // namespace quittance::billing::psp::paypal
