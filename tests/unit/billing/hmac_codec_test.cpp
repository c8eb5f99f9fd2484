// The generic HMAC PSP's events and answers to our facts.
#include <gtest/gtest.h>

#include "services/billing/psp/hmac/codec.h"

namespace quittance::billing::psp::hmac {
namespace {

const std::string kPayment = "pay_0123456789abcdef0123456789abcdef";
const RefundId kRefund{*Uuid::Parse("0123456789abcdef0123456789abcdef")};
const Money kAsked{1990, *Currency::Parse("EUR")};

Connection Account() {
  Connection connection;
  connection.name = "hmac";
  return connection;
}

std::string Body(const std::string& type, const std::string& more = "") {
  return R"({"id":"ev_1","type":")" + type + R"(","reference":"hp_1","payment_id":")" + kPayment +
         R"(","amount_minor":1990,"currency":"EUR","created":1700000000)" + more + "}";
}

Fact FactOf(const std::string& type, const std::string& more = "") {
  const auto event = TranslateEvent(Account(), Body(type, more));
  EXPECT_EQ(event.kind, Event::Kind::kNews) << type;
  return event.news.statements.at(0).fact;
}

TEST(HmacCodec, EventsBecomeFacts) {
  EXPECT_EQ(FactOf("payment.succeeded").kind, FactKind::kCaptured);
  EXPECT_EQ(FactOf("payment.succeeded").amount_minor, 1990);
  EXPECT_EQ(FactOf("payment.succeeded").object, "hp_1");
  EXPECT_EQ(FactOf("payment.failed").kind, FactKind::kDeclined);
  EXPECT_EQ(FactOf("payment.failed", R"(,"reason":"canceled")").kind, FactKind::kAttemptCanceled);
  EXPECT_EQ(FactOf("payment.failed", R"(,"reason":"expired")").kind, FactKind::kAttemptExpired);
  EXPECT_EQ(FactOf("payment.failed", R"(,"reason":"declined")").kind, FactKind::kDeclined);
  EXPECT_EQ(FactOf("payment.failed").amount_minor, 0);
  EXPECT_EQ(FactOf("payment.refunded").kind, FactKind::kRefundSucceeded);
  EXPECT_EQ(FactOf("payment.refunded", R"(,"status":"failed")").kind, FactKind::kRefundFailed);
  EXPECT_EQ(FactOf("payment.refunded", R"(,"status":"pending")").kind, FactKind::kRefundPending);
  EXPECT_EQ(FactOf("payment.disputed").kind, FactKind::kDisputeOpened);
  EXPECT_EQ(FactOf("payment.disputed", R"(,"dispute_id":"hd_1","status":"won")").kind, FactKind::kDisputeWon);
  EXPECT_EQ(FactOf("payment.disputed", R"(,"status":"lost")").kind, FactKind::kDisputeLost);
  EXPECT_EQ(FactOf("payment.disputed").object, "hp_1:dispute");
}

TEST(HmacCodec, EventsSayWhomTheyMean) {
  const auto event = TranslateEvent(Account(), Body("payment.succeeded"));
  EXPECT_EQ(event.id, "ev_1");
  EXPECT_EQ(event.news.about.psp_reference, "hp_1");
  EXPECT_EQ(event.news.about.payment->ToString(), kPayment);
}

TEST(HmacCodec, RefundsMayNameOursAndTheirs) {
  const auto both =
      TranslateEvent(Account(), Body("payment.refunded", R"(,"refund_id":")" + kRefund.ToString() + R"(","refund_reference":"hr_1")"));
  EXPECT_EQ(both.news.statements[0].refund, kRefund);
  EXPECT_EQ(both.news.statements[0].psp_refund, "hr_1");
  const auto neither = TranslateEvent(Account(), Body("payment.refunded"));
  EXPECT_FALSE(neither.news.statements[0].refund);
  EXPECT_EQ(neither.news.statements[0].psp_refund, "");
}

TEST(HmacCodec, W27_UnknownTypes) {
  const auto event = TranslateEvent(Account(), Body("payout.paid"));
  EXPECT_EQ(event.kind, Event::Kind::kIgnored);
  EXPECT_FALSE(event.known_type);
  EXPECT_FALSE(TranslateEvent(Account(), Body("payment.status_of_2030")).known_type);
}

TEST(HmacCodec, W20_UnreadableAfterAGoodSignature) {
  EXPECT_EQ(TranslateEvent(Account(), "").kind, Event::Kind::kUnreadable);
  EXPECT_EQ(TranslateEvent(Account(), R"({"type":"payment.succeeded"})").kind, Event::Kind::kUnreadable);
  const auto no_amount =
      TranslateEvent(Account(), R"({"id":"ev_1","type":"payment.succeeded","created":1700000000,"amount_minor":"1990"})");
  EXPECT_EQ(no_amount.kind, Event::Kind::kUnreadable);
  EXPECT_EQ(no_amount.id, "ev_1");
}

TEST(HmacCodec, AnswersOfPayments) {
  const auto kind = [](const std::string& status, const std::string& more = "") {
    const auto news = ReadPayment(Account(), {}, kAsked, R"({"reference":"hp_1","status":")" + status + "\"" + more + "}", {});
    return news->statements.at(0).fact.kind;
  };
  EXPECT_EQ(kind("pending"), FactKind::kSubmitted);
  EXPECT_EQ(kind("pending", R"(,"redirect_url":"https://pay.example/hp_1")"), FactKind::kRequiresAction);
  EXPECT_EQ(kind("processing"), FactKind::kProcessing);
  EXPECT_EQ(kind("succeeded"), FactKind::kCaptured);
  EXPECT_EQ(kind("failed"), FactKind::kDeclined);
  EXPECT_EQ(kind("canceled"), FactKind::kAttemptCanceled);
  EXPECT_EQ(kind("a_status_of_2030"), FactKind::kSubmitted);
  EXPECT_FALSE(ReadPayment(Account(), {}, kAsked, R"({"status":"pending"})", {}));
  EXPECT_FALSE(ReadPayment(Account(), {}, kAsked, "<html>", {}));
  const auto other =
      ReadPayment(Account(), {}, kAsked, R"({"reference":"hp_1","status":"succeeded","amount_minor":1,"currency":"EUR"})", {});
  EXPECT_EQ(other->statements[0].fact.amount_minor, 1);
}

TEST(HmacCodec, AnswersOfRefunds) {
  const auto news = ReadRefund(Account(), kRefund, kAsked,
                               R"({"refund_reference":"hr_1","refund_id":")" + kRefund.ToString() + R"(","status":"succeeded"})", {});
  ASSERT_TRUE(news);
  EXPECT_EQ(news->statements[0].psp_refund, "hr_1");
  EXPECT_EQ(news->statements[0].fact.kind, FactKind::kRefundSucceeded);
  EXPECT_EQ(news->statements[0].fact.object, kRefund.ToString());
  EXPECT_EQ(ReadRefund(Account(), kRefund, kAsked, R"({"status":"a_status_of_2030"})", {})->statements[0].fact.kind,
            FactKind::kRefundPending);
  EXPECT_FALSE(ReadRefund(Account(), kRefund, kAsked, "{}", {}));
}

// It would count beside the capture that it repeats.
TEST(HmacCodec, W28_ASuccessWithoutAReadableReferenceIsUnreadable) {
  for (const auto* reference : {"", R"("reference":"",)", R"("reference":7,)", R"("reference":"hp_\u0000",)"}) {
    const auto event =
        TranslateEvent(Account(), std::string(R"({"id":"ev_1","type":"payment.succeeded",)") + reference + R"("payment_id":")" + kPayment +
                                      R"(","amount_minor":1990,"currency":"EUR","created":1700000000})");
    EXPECT_EQ(event.kind, Event::Kind::kUnreadable) << reference;
    EXPECT_EQ(event.id, "ev_1");
  }
}

}  // namespace
}  // namespace quittance::billing::psp::hmac
