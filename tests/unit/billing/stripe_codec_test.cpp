// Stripe's events and objects to our facts: every row of the table, and what must never become success or failure.
#include <gtest/gtest.h>

#include "services/billing/psp/stripe/codec.h"

namespace quittance::billing::psp::stripe {
namespace {

const std::string kPayment = "pay_0123456789abcdef0123456789abcdef";
const std::string kAttempt = "att_0123456789abcdef0123456789abcdef";
const std::string kRefund = "ref_0123456789abcdef0123456789abcdef";

Connection Account(Environment environment = Environment::kTest) {
  Connection connection;
  connection.name = "stripe";
  connection.environment = environment;
  return connection;
}

std::string EventBody(const std::string& type, const std::string& object, const std::string& live = "false") {
  return R"({"id":"evt_1","object":"event","type":")" + type + R"(","created":1700000000,"livemode":)" + live + R"(,"data":{"object":)" +
         object + "}}";
}

std::string Intent(const std::string& status, const std::string& more = "") {
  return R"({"id":"pi_1","object":"payment_intent","status":")" + status + R"(","amount":1990,"amount_received":1990,"currency":"eur",)" +
         R"("client_secret":"pi_1_secret","metadata":{"payment_id":")" + kPayment + R"(","attempt_id":")" + kAttempt + R"("})" + more + "}";
}

std::string RefundObject(const std::string& status) {
  return R"({"id":"re_1","object":"refund","status":")" + status + R"(","amount":500,"currency":"eur","payment_intent":"pi_1",)" +
         R"("failure_reason":"expired_or_canceled_card","metadata":{"payment_id":")" + kPayment + R"(","refund_id":")" + kRefund + R"("}})";
}

std::string Dispute(const std::string& status) {
  return R"({"id":"dp_1","object":"dispute","status":")" + status +
         R"(","amount":1990,"currency":"eur","payment_intent":"pi_1","reason":"fraudulent"})";
}

Event Read(const std::string& type, const std::string& object) { return TranslateEvent(Account(), EventBody(type, object)); }

struct Row {
  const char* type;
  std::string object;
  FactKind kind;
};

class StripeEvents : public ::testing::TestWithParam<Row> {};

TEST_P(StripeEvents, BecomeFacts) {
  const auto event = Read(GetParam().type, GetParam().object);
  ASSERT_EQ(event.kind, Event::Kind::kNews);
  EXPECT_EQ(event.id, "evt_1");
  EXPECT_EQ(event.news.about.psp_reference, "pi_1");
  ASSERT_EQ(event.news.statements.size(), 1u);
  const auto& fact = event.news.statements[0].fact;
  EXPECT_EQ(fact.kind, GetParam().kind);
  EXPECT_EQ(fact.event_key, "evt_1");
  EXPECT_EQ(fact.connection, "stripe");
  EXPECT_EQ(fact.psp_time, FromUnixSeconds(1'700'000'000));
}

INSTANTIATE_TEST_SUITE_P(
    Table, StripeEvents,
    ::testing::Values(Row{"payment_intent.created", Intent("requires_payment_method"), FactKind::kSubmitted},
                      Row{"payment_intent.requires_action", Intent("requires_action"), FactKind::kRequiresAction},
                      Row{"payment_intent.processing", Intent("processing"), FactKind::kProcessing},
                      Row{"payment_intent.succeeded", Intent("succeeded"), FactKind::kCaptured},
                      Row{"payment_intent.payment_failed",
                          Intent("requires_payment_method", R"(,"last_payment_error":{"code":"card_declined"})"), FactKind::kDeclined},
                      Row{"payment_intent.canceled", Intent("canceled", R"(,"cancellation_reason":"requested_by_customer")"),
                          FactKind::kAttemptCanceled},
                      Row{"payment_intent.canceled", Intent("canceled", R"(,"cancellation_reason":"expired")"), FactKind::kAttemptExpired},
                      Row{"refund.created", RefundObject("pending"), FactKind::kRefundPending},
                      Row{"refund.updated", RefundObject("succeeded"), FactKind::kRefundSucceeded},
                      Row{"refund.updated", RefundObject("requires_action"), FactKind::kRefundPending},
                      Row{"refund.failed", RefundObject("failed"), FactKind::kRefundFailed},
                      Row{"charge.refund.updated", RefundObject("canceled"), FactKind::kRefundFailed},
                      Row{"charge.dispute.created", Dispute("needs_response"), FactKind::kDisputeOpened},
                      Row{"charge.dispute.updated", Dispute("under_review"), FactKind::kDisputeReview},
                      Row{"charge.dispute.funds_withdrawn", Dispute("needs_response"), FactKind::kDisputeWithdrawn},
                      Row{"charge.dispute.funds_reinstated", Dispute("won"), FactKind::kDisputeReinstated},
                      Row{"charge.dispute.closed", Dispute("won"), FactKind::kDisputeWon},
                      Row{"charge.dispute.closed", Dispute("warning_closed"), FactKind::kDisputeWon},
                      Row{"charge.dispute.closed", Dispute("prevented"), FactKind::kDisputeWon},
                      Row{"charge.dispute.closed", Dispute("lost"), FactKind::kDisputeLost}));

TEST(StripeCodec, CaptureCarriesWhatWasReceived) {
  const auto event = Read("payment_intent.succeeded", Intent("succeeded"));
  const auto& fact = event.news.statements[0].fact;
  EXPECT_EQ(fact.amount_minor, 1990);
  EXPECT_EQ(fact.currency, "EUR");
  EXPECT_EQ(fact.object, "pi_1");
  EXPECT_EQ(event.news.about.payment->ToString(), kPayment);
  EXPECT_EQ(event.news.about.attempt->ToString(), kAttempt);
}

TEST(StripeCodec, RefundNamesOursAndTheirs) {
  const auto event = Read("refund.updated", RefundObject("succeeded"));
  EXPECT_EQ(event.news.statements[0].refund->ToString(), kRefund);
  EXPECT_EQ(event.news.statements[0].psp_refund, "re_1");
  EXPECT_EQ(event.news.statements[0].fact.amount_minor, 500);
}

TEST(StripeCodec, CumulativeAndDoubleEventsSayNothing) {
  for (const auto* type : {"charge.refunded", "charge.succeeded"}) {
    const auto event = Read(type, R"({"id":"ch_1","amount_refunded":1990})");
    EXPECT_EQ(event.kind, Event::Kind::kIgnored) << type;
    EXPECT_TRUE(event.known_type) << type;
  }
}

TEST(StripeCodec, AnEarlyFraudWarningIsAFactAboutItsPaymentIntent) {
  const auto event =
      Read("radar.early_fraud_warning.created", R"({"id":"issfr_1","object":"radar.early_fraud_warning","actionable":true,"charge":"ch_1",)"
                                                R"("fraud_type":"made_with_stolen_card","payment_intent":"pi_1"})");
  EXPECT_EQ(event.kind, Event::Kind::kNews);
  EXPECT_EQ(event.news.about.psp_reference, "pi_1");
  ASSERT_EQ(event.news.statements.size(), 1u);
  const auto& fact = event.news.statements[0].fact;
  EXPECT_EQ(fact.kind, FactKind::kFraudWarning);
  EXPECT_EQ(fact.object, "issfr_1");
  EXPECT_EQ(fact.code, "made_with_stolen_card");
  EXPECT_EQ(fact.amount_minor, 0);
  EXPECT_EQ(Read("radar.early_fraud_warning.created", R"({"id":"issfr_2","charge":"ch_2","payment_intent":null})").kind,
            Event::Kind::kIgnored);
}

TEST(StripeCodec, SessionsAreOnlyHints) {
  const auto event = Read("checkout.session.completed", R"({"id":"cs_1","payment_intent":"pi_1"})");
  EXPECT_EQ(event.kind, Event::Kind::kAsk);
  EXPECT_EQ(event.news.about.psp_reference, "pi_1");
  EXPECT_EQ(Read("checkout.session.expired", R"({"id":"cs_1","payment_intent":null})").kind, Event::Kind::kIgnored);
}

TEST(StripeCodec, W27_UnknownTypesAreStoredAndIgnored) {
  const auto event = Read("invoice.paid", R"({"id":"in_1"})");
  EXPECT_EQ(event.kind, Event::Kind::kIgnored);
  EXPECT_FALSE(event.known_type);
}

TEST(StripeCodec, W08_LivemodeIsBoundToTheEnvironment) {
  const auto body = EventBody("payment_intent.succeeded", Intent("succeeded"), "true");
  EXPECT_EQ(TranslateEvent(Account(Environment::kTest), body).kind, Event::Kind::kForeign);
  EXPECT_EQ(TranslateEvent(Account(Environment::kLive), body).kind, Event::Kind::kNews);
  EXPECT_EQ(TranslateEvent(Account(Environment::kUnknown), body).kind, Event::Kind::kNews);
}

TEST(StripeCodec, W20_UnreadableKeepsAnIdOfItsOwn) {
  const auto twice = TranslateEvent(Account(), R"({"id":"evt_1","id":"evt_2"})");
  EXPECT_EQ(twice.kind, Event::Kind::kUnreadable);
  EXPECT_TRUE(twice.id.starts_with("sha256:"));
  EXPECT_EQ(TranslateEvent(Account(), "").kind, Event::Kind::kUnreadable);
  EXPECT_EQ(TranslateEvent(Account(), EventBody("payment_intent.succeeded", "null")).kind, Event::Kind::kUnreadable);
}

TEST(StripeCodec, UnknownStatusIsPending) {
  const auto news = ReadIntent(Account(), {}, Intent("a_status_of_2030"), {});
  ASSERT_TRUE(news);
  EXPECT_EQ(news->statements[0].fact.kind, FactKind::kSubmitted);
  EXPECT_EQ(Read("refund.updated", RefundObject("a_status_of_2030")).news.statements[0].fact.kind, FactKind::kRefundPending);
}

TEST(StripeCodec, AnswersCarryTheClientSecretOrTheRedirect) {
  const auto fresh = ReadIntent(Account(), {}, Intent("requires_payment_method"), {});
  EXPECT_EQ(fresh->next_action->client_secret, "pi_1_secret");
  EXPECT_EQ(fresh->unknown, false);
  const std::string redirect = R"(,"next_action":{"type":"redirect_to_url","redirect_to_url":{"url":"https://psp.example/3ds"}})";
  const auto action = ReadIntent(Account(), {}, Intent("requires_action", redirect), {});
  EXPECT_EQ(action->next_action->redirect_url, "https://psp.example/3ds");
  EXPECT_FALSE(ReadIntent(Account(), {}, "not json", {}));
  EXPECT_FALSE(ReadIntent(Account(), {}, R"({"object":"charge","id":"ch_1"})", {}));
}

TEST(StripeCodec, ErrorsWithAnIntentTellItsState) {
  const auto news = ReadIntentInError(
      Account(), {}, R"({"error":{"code":"payment_intent_unexpected_state","payment_intent":)" + Intent("succeeded") + "}}", {});
  ASSERT_TRUE(news);
  EXPECT_EQ(news->statements[0].fact.kind, FactKind::kCaptured);
  EXPECT_EQ(ErrorCode(R"({"error":{"type":"invalid_request_error","code":"amount_too_small"}})"), "amount_too_small");
  EXPECT_EQ(ErrorCode("<html>"), "refused");
}

TEST(StripeCodec, M06_AmountsFollowStripesOwnExponents) {
  const auto minor = [](std::int64_t amount, const char* code) { return ToStripeAmount({amount, *Currency::Parse(code)}); };
  EXPECT_EQ(minor(1990, "EUR"), 1990);
  EXPECT_EQ(minor(45000, "XOF"), 45000);
  EXPECT_EQ(minor(1500, "KWD"), 1500);
  EXPECT_EQ(minor(100, "UGX"), 10000);
  EXPECT_EQ(FromStripeAmount(10000, "UGX"), 100);
  EXPECT_EQ(FromStripeAmount(10001, "UGX"), 10001);
  EXPECT_EQ(FromStripeAmount(1990, "EUR"), 1990);
}

TEST(StripeCodec, ASearchFindsItsFirstOrNothing) {
  EXPECT_EQ(FirstFound(R"({"object":"search_result","data":[]})"), "");
  const auto found = FirstFound(R"({"object":"search_result","data":[)" + Intent("requires_payment_method") + "]}");
  ASSERT_TRUE(found);
  EXPECT_TRUE(ReadIntent(Account(), {}, *found, {}));
  for (const auto* body :
       {"", "[]", R"({"object":"list","data":[]})", R"({"object":"search_result"})", R"({"object":"search_result","data":{}})"}) {
    EXPECT_FALSE(FirstFound(body)) << body;
  }
}

TEST(StripeCodec, W28_AnEventWithoutItsObjectsIdIsUnreadable) {
  EXPECT_EQ(
      TranslateEvent(Account(), R"({"id":"evt_1","object":"event","type":"payment_intent.succeeded","created":1700000000,"livemode":false,)"
                                R"("data":{"object":{"object":"payment_intent","amount_received":1990,"currency":"eur"}}})")
          .kind,
      Event::Kind::kUnreadable);
}

}  // namespace
}  // namespace quittance::billing::psp::stripe
