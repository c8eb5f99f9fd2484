// Adyen: the official vectors of its item signature, and notifications and payment links to our facts.
#include <gtest/gtest.h>

#include "common/crypto/hmac.h"
#include "services/billing/psp/adyen/codec.h"
#include "services/billing/psp/adyen/signature.h"

namespace quittance::billing::psp::adyen {
namespace {

const std::string kKey = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";
const std::string kOtherKey = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
const std::string kPayment = "pay_0123456789abcdef0123456789abcdef";
const std::string kAttempt = "att_0123456789abcdef0123456789abcdef";
const RefundId kRefund{*Uuid::Parse("0123456789abcdef0123456789abcdef")};
const TimePoint kNow = FromUnixSeconds(1'790'000'000);

Connection Account(std::vector<WebhookSecret> keys = {{Secret(kKey), std::nullopt}}) {
  Connection connection;
  connection.name = "adyen";
  connection.environment = Environment::kTest;
  connection.webhook_secrets = std::move(keys);
  connection.fields.emplace("merchant_account", Secret("TestMerchant"));
  return connection;
}

struct Fields {
  std::string psp = "pspReference", original = "originalReference", merchant = "merchantAccount", reference = "reference";
  std::string value = "1000", currency = "EUR", code = "EVENT", success = "true", more = "";
};

std::string Body(const Fields& f, const std::string& signature, const std::string& live = "false") {
  return R"({"live":")" + live + R"(","notificationItems":[{"NotificationRequestItem":{"additionalData":{"hmacSignature":")" + signature +
         R"(","metadata.attempt_id":")" + kAttempt + R"("},"amount":{"currency":")" + f.currency + R"(","value":)" + f.value +
         R"(},"eventCode":")" + f.code + R"(","eventDate":"2026-11-21T18:03:50+01:00","merchantAccountCode":")" + f.merchant +
         R"(","merchantReference":")" + f.reference + R"(",)" +
         (f.original.empty() ? "" : R"("originalReference":")" + f.original + R"(",)") + R"("pspReference":")" + f.psp +
         R"(","success":")" + f.success + R"(")" + f.more + "}}]}";
}

std::optional<Rejection> Check(const std::string& body, const Connection& connection = Account(), std::vector<RawHeader> headers = {}) {
  return Verify(connection, {std::move(headers), body}, kNow);
}

TEST(AdyenSignature, OfficialVectors) {
  EXPECT_FALSE(Check(Body({}, "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc=")));
  EXPECT_FALSE(Check(Body({.code = "REPORT_AVAILABLE"}, "ZNBPtI+oDyyRrLyD1XirkKnQgIAlFc07Vj27TeHsDRE=")));
  const Fields authorised{.psp = "7914073381342284",
                          .original = "",
                          .merchant = "TestMerchant",
                          .reference = "TestPayment-1407325143704",
                          .value = "1130",
                          .code = "AUTHORISATION"};
  EXPECT_FALSE(Check(Body(authorised, "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="), Account({{Secret(kOtherKey), std::nullopt}})));
}

TEST(AdyenSignature, EverySignedFieldCounts) {
  const std::string mac = "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc=";
  for (const auto& other : std::vector<Fields>{{.psp = "x"},
                                               {.original = "x"},
                                               {.original = ""},
                                               {.merchant = "x"},
                                               {.reference = "x"},
                                               {.value = "1001"},
                                               {.currency = "USD"},
                                               {.code = "X"},
                                               {.success = "false"}})
    EXPECT_EQ(Check(Body(other, mac)), Rejection::kSignatureWrong);
}

TEST(AdyenSignature, W10_MalformedIsRefused) {
  EXPECT_EQ(Check(Body({}, "")), Rejection::kSignatureMissing);
  for (const auto* bad : {"AAAA", "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc", "ipnxGCaUZ4l8TUW75a71_ghd2Fe5ffvX0pV4TLTntIc=", "!", " "})
    EXPECT_EQ(Check(Body({}, bad)), Rejection::kSignatureMalformed) << bad;
  // What cannot be read carries no signature: 401, not parked.
  for (const auto* bad : {"", "{}", "[accepted]", R"({"notificationItems":[]})", R"({"notificationItems":[{},{}]})"})
    EXPECT_EQ(Check(bad), Rejection::kSignatureMalformed) << bad;
  EXPECT_EQ(Check(Body({}, "x"), Account({})), Rejection::kNoSecret);
  EXPECT_EQ(Check(Body({}, "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc="), Account({{Secret("not hexadecimal"), std::nullopt}})),
            Rejection::kNoSecret);
}

TEST(AdyenSignature, BasicAuthIsWantedWhereItIsConfigured) {
  auto connection = Account();
  connection.fields.emplace("basic_auth", Secret("user:password"));
  const auto body = Body({}, "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc=");
  EXPECT_EQ(Check(body, connection), Rejection::kCredentialsWrong);
  EXPECT_EQ(Check(body, connection, {{"Authorization", "Basic " + crypto::Base64("user:other")}}), Rejection::kCredentialsWrong);
  EXPECT_FALSE(Check(body, connection, {{"authorization", "Basic " + crypto::Base64("user:password")}}));
}

Event Read(const std::string& code, const std::string& success = "true", const std::string& original = "", const std::string& more = "",
           const std::string& reference = kPayment) {
  return TranslateEvent(Account(), Body({.psp = "PSP1",
                                         .original = original,
                                         .merchant = "TestMerchant",
                                         .reference = reference,
                                         .value = "1990",
                                         .code = code,
                                         .success = success,
                                         .more = more},
                                        "x"));
}
Fact FactOf(const std::string& code, const std::string& success = "true", const std::string& original = "") {
  const auto event = Read(code, success, original);
  EXPECT_EQ(event.kind, Event::Kind::kNews) << code;
  return event.news.statements.at(0).fact;
}

TEST(AdyenCodec, EventsBecomeFacts) {
  const auto paid = Read("AUTHORISATION");
  EXPECT_EQ(paid.id, "PSP1:AUTHORISATION:true");
  EXPECT_EQ(paid.news.about.payment->ToString(), kPayment);
  EXPECT_EQ(paid.news.about.attempt->ToString(), kAttempt);
  EXPECT_EQ(paid.news.statements[0].fact.kind, FactKind::kCaptured);
  EXPECT_EQ(paid.news.statements[0].fact.object, "PSP1");
  EXPECT_EQ(paid.news.statements[0].fact.amount_minor, 1990);
  EXPECT_EQ(FactOf("AUTHORISATION", "false").kind, FactKind::kDeclined);
  EXPECT_EQ(FactOf("AUTHORISATION", "false").amount_minor, 0);
  EXPECT_EQ(FactOf("PENDING").kind, FactKind::kProcessing);
  EXPECT_EQ(FactOf("ORDER_CLOSED", "false").kind, FactKind::kDeclined);
  EXPECT_EQ(FactOf("CAPTURE", "true", "PAY1").kind, FactKind::kCaptured);
  EXPECT_EQ(FactOf("CAPTURE", "true", "PAY1").object, "PAY1");
  EXPECT_EQ(FactOf("CAPTURE_FAILED", "true", "PAY1").kind, FactKind::kCaptureFailed);
  EXPECT_EQ(FactOf("CAPTURE_FAILED", "true", "PAY1").object, "PAY1");
  EXPECT_EQ(FactOf("OFFER_CLOSED").kind, FactKind::kAttemptExpired);
  EXPECT_EQ(FactOf("REQUEST_FOR_INFORMATION", "true", "PAY1").kind, FactKind::kDisputeOpened);
  EXPECT_EQ(FactOf("CHARGEBACK_REVERSED", "true", "PAY1").kind, FactKind::kDisputeWon);
  EXPECT_EQ(FactOf("SECOND_CHARGEBACK", "true", "PAY1").kind, FactKind::kDisputeLost);
  EXPECT_EQ(FactOf("SECOND_CHARGEBACK", "true", "PAY1").object, FactOf("CHARGEBACK_REVERSED", "true", "PAY1").object);
}

TEST(AdyenCodec, AVoidedAuthorisationIsNoMoney) {
  const auto event = Read("CANCELLATION", "true", "PAY1");
  ASSERT_EQ(event.news.statements.size(), 2u);
  EXPECT_EQ(event.news.statements[0].fact.kind, FactKind::kCaptureFailed);
  EXPECT_EQ(event.news.statements[0].fact.object, "PAY1");
  EXPECT_EQ(event.news.statements[1].fact.kind, FactKind::kAttemptCanceled);
  EXPECT_NE(event.news.statements[0].fact.event_key, event.news.statements[1].fact.event_key);
  EXPECT_EQ(Read("CANCELLATION", "false", "PAY1").kind, Event::Kind::kIgnored);
}

TEST(AdyenCodec, ChargebacksTakeTheMoney) {
  const auto event = Read("CHARGEBACK", "true", "PAY1");
  ASSERT_EQ(event.news.statements.size(), 2u);
  EXPECT_EQ(event.news.statements[0].fact.kind, FactKind::kDisputeOpened);
  EXPECT_EQ(event.news.statements[1].fact.kind, FactKind::kDisputeWithdrawn);
}

TEST(AdyenCodec, RefundsMayFailLater) {
  const auto reference = kPayment + "." + kRefund.ToString();
  const auto done = Read("REFUND", "true", "PAY1", "", reference);
  EXPECT_EQ(done.news.about.payment->ToString(), kPayment);
  EXPECT_EQ(done.news.statements.at(0).refund, kRefund);
  EXPECT_EQ(done.news.statements[0].psp_refund, "PSP1");
  EXPECT_EQ(done.news.statements[0].fact.kind, FactKind::kRefundSucceeded);
  EXPECT_EQ(Read("REFUND", "false", "PAY1", "", reference).news.statements.at(0).fact.kind, FactKind::kRefundFailed);
  const auto failed = Read("REFUND_FAILED", "true", "PAY1", R"(,"reason":"closed account")", reference);
  EXPECT_EQ(failed.news.statements.at(0).fact.kind, FactKind::kRefundFailed);
  EXPECT_EQ(failed.news.statements[0].fact.code, "closed account");
  EXPECT_EQ(Read("REFUNDED_REVERSED", "true", "PAY1", "", kPayment).news.statements.at(0).fact.kind, FactKind::kRefundFailed);
  EXPECT_FALSE(Read("REFUND", "true", "PAY1", "", kPayment).news.statements.at(0).refund);
}

TEST(AdyenCodec, W08_AnotherEnvironmentOrMerchantIsForeign) {
  const Fields good{.psp = "PSP1", .merchant = "TestMerchant", .reference = kPayment, .code = "AUTHORISATION"};
  EXPECT_EQ(TranslateEvent(Account(), Body(good, "x", "true")).kind, Event::Kind::kForeign);
  auto other = good;
  other.merchant = "AnotherMerchant";
  EXPECT_EQ(TranslateEvent(Account(), Body(other, "x")).kind, Event::Kind::kForeign);
  EXPECT_EQ(TranslateEvent(Account(), Body(good, "x")).kind, Event::Kind::kNews);
}

TEST(AdyenCodec, W27_UnknownAndInformativeCodes) {
  EXPECT_FALSE(Read("A_CODE_OF_2030").known_type);
  EXPECT_EQ(Read("A_CODE_OF_2030").kind, Event::Kind::kIgnored);
  for (const auto* code : {"REPORT_AVAILABLE", "DISPUTE_DEFENSE_PERIOD_ENDED"}) {
    EXPECT_TRUE(Read(code).known_type) << code;
    EXPECT_EQ(Read(code).kind, Event::Kind::kIgnored) << code;
  }
}

TEST(AdyenCodec, ANotificationOfFraudIsAFactWithoutMoney) {
  const auto event = Read("NOTIFICATION_OF_FRAUD", "true", "PAY1", R"(,"reason":"Stolen card")", kPayment);
  EXPECT_EQ(event.kind, Event::Kind::kNews);
  const auto& fact = event.news.statements.at(0).fact;
  EXPECT_EQ(fact.kind, FactKind::kFraudWarning);
  EXPECT_EQ(fact.object, "PSP1");
  EXPECT_EQ(fact.code, "Stolen card");
  EXPECT_EQ(fact.amount_minor, 0);
}

TEST(AdyenCodec, LinksAsAnswers) {
  const auto kind = [](const std::string& status) {
    return ReadLink(Account(), {}, R"({"id":"PL1","url":"https://test.adyen.link/PL1","status":")" + status + R"("})", {})
        ->statements.at(0)
        .fact.kind;
  };
  EXPECT_EQ(kind("active"), FactKind::kRequiresAction);
  EXPECT_EQ(kind("expired"), FactKind::kAttemptExpired);
  // Whether it is money only the notification says.
  EXPECT_EQ(kind("completed"), FactKind::kProcessing);
  EXPECT_EQ(kind("paymentPending"), FactKind::kProcessing);
  EXPECT_EQ(kind("a_status_of_2030"), FactKind::kSubmitted);
  EXPECT_EQ(ReadLink(Account(), {}, R"({"id":"PL1","url":"https://test.adyen.link/PL1","status":"active"})", {})->next_action->redirect_url,
            "https://test.adyen.link/PL1");
  EXPECT_FALSE(ReadLink(Account(), {}, "{}", {}));
}

TEST(AdyenCodec, M06_AmountsInAdyensExponents) {
  EXPECT_EQ(ToAdyenAmount({1990, *Currency::Parse("EUR")}), 1990);
  EXPECT_EQ(ToAdyenAmount({1990, *Currency::Parse("CLP")}), 199000);
  EXPECT_EQ(FromAdyenAmount(199000, "CLP"), 1990);
  EXPECT_FALSE(ToAdyenAmount({1990, *Currency::Parse("IDR")}));
  EXPECT_EQ(ToAdyenAmount({199000, *Currency::Parse("IDR")}), 1990);
}

}  // namespace
}  // namespace quittance::billing::psp::adyen
