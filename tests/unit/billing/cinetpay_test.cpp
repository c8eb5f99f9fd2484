// CinetPay: the vector of its x-token, the shape that the token does not protect, and answers to facts.
#include <gtest/gtest.h>

#include "common/crypto/hmac.h"
#include "services/billing/psp/cinetpay/codec.h"
#include "services/billing/psp/cinetpay/signature.h"

namespace quittance::billing::psp::cinetpay {
namespace {

const AttemptId kAttempt{*Uuid::Parse("0123456789abcdef0123456789abcdef")};
const TimePoint kNow = FromUnixSeconds(1'790'000'000);

// cinet_secret over 445160TX1232024-01-02 03:04:051000XOFabcOM0102030405225frV4SINGLEPAYMENTref-1AbonnementSUCCES
const http::FormFields kVector = {
    {"cpm_site_id", "445160"},      {"cpm_trans_id", "TX123"},       {"cpm_trans_date", "2024-01-02 03:04:05"},
    {"cpm_amount", "1000"},         {"cpm_currency", "XOF"},         {"signature", "abc"},
    {"payment_method", "OM"},       {"cel_phone_num", "0102030405"}, {"cpm_phone_prefixe", "225"},
    {"cpm_language", "fr"},         {"cpm_version", "V4"},           {"cpm_payment_config", "SINGLE"},
    {"cpm_page_action", "PAYMENT"}, {"cpm_custom", "ref-1"},         {"cpm_designation", "Abonnement"},
    {"cpm_error_message", "SUCCES"}};
const std::string kToken = "395960f5a16d4de7ac3ed2eb4ab7286d74c2888e8024d74451047bb7cf01e628";

Connection Account() {
  Connection connection;
  connection.name = "cinetpay";
  connection.webhook_secrets = {{Secret("cinet_secret"), std::nullopt}};
  connection.fields.emplace("site_id", Secret("445160"));
  return connection;
}

std::optional<Rejection> Check(const http::FormFields& fields, const std::string& token, const Connection& connection = Account()) {
  return Verify(connection, {{{"x-token", token}}, http::FormEncode(fields)}, kNow);
}

http::FormFields With(http::FormFields fields, const std::string& name, const std::string& value) {
  for (auto& [field, text] : fields) {
    if (field == name) text = value;
  }
  return fields;
}

std::string Token(const http::FormFields& fields) {
  return crypto::Hex(crypto::HmacSha256("cinet_secret", SignedText(*ReadForm(http::FormEncode(fields)))));
}

TEST(CinetPaySignature, Vector) {
  EXPECT_FALSE(Check(kVector, kToken));
  std::string upper = kToken;
  for (auto& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_FALSE(Check(kVector, upper));  // its case is not part of it
  auto reordered = kVector;
  std::reverse(reordered.begin(), reordered.end());
  EXPECT_FALSE(Check(reordered, kToken));
}

TEST(CinetPaySignature, W10_MalformedIsRefused) {
  EXPECT_EQ(Check(kVector, ""), Rejection::kSignatureMissing);
  for (const auto& bad : {kToken.substr(1), kToken + "0", kToken + " ", std::string("zz") + kToken.substr(2)})
    EXPECT_EQ(Check(kVector, bad), Rejection::kSignatureMalformed) << bad;
  EXPECT_EQ(Check(With(kVector, "cpm_amount", "1005"), kToken), Rejection::kSignatureWrong);
  auto connection = Account();
  connection.webhook_secrets.clear();
  EXPECT_EQ(Check(kVector, kToken, connection), Rejection::kNoSecret);
  EXPECT_EQ(Verify(Account(), {{{"x-token", kToken}}, http::FormEncode(kVector) + "&cpm_amount=1000"}, kNow),
            Rejection::kSignatureMalformed);
  EXPECT_EQ(Verify(Account(), {{{"x-token", kToken}}, "%zz"}, kNow), Rejection::kSignatureMalformed);
}

// The same bytes under the same token, another reading: the shape refuses what the signature cannot.
TEST(CinetPaySignature, W18_ADigitThatMovesAcrossABorderIsRefused) {
  auto moved = With(With(kVector, "cpm_amount", "100"), "cpm_currency", "0XOF");
  ASSERT_EQ(Token(moved), kToken);
  EXPECT_EQ(Check(moved, kToken), Rejection::kSignatureMalformed);
  moved = With(With(kVector, "cpm_trans_id", "TX1232"), "cpm_trans_date", "024-01-02 03:04:05");
  ASSERT_EQ(Token(moved), kToken);
  EXPECT_EQ(Check(moved, kToken), Rejection::kSignatureMalformed);
  moved = With(With(kVector, "cpm_site_id", "44516"), "cpm_trans_id", "0TX123");
  ASSERT_EQ(Token(moved), kToken);
  EXPECT_EQ(Check(moved, kToken), Rejection::kSignatureMalformed);
}

TEST(CinetPayCodec, W18_W19_ANotificationOnlyMakesUsAsk) {
  const auto fields = With(kVector, "cpm_trans_id", TransactionId(kAttempt));
  const auto event = TranslateEvent(Account(), http::FormEncode(fields));
  EXPECT_EQ(event.kind, Event::Kind::kAsk);
  EXPECT_TRUE(event.news.statements.empty());
  EXPECT_EQ(event.news.about.psp_reference, "att0123456789abcdef0123456789abcdef");
  EXPECT_EQ(event.news.about.attempt, kAttempt);
  // The same bytes are the same event; other bytes ask again.
  EXPECT_EQ(TranslateEvent(Account(), http::FormEncode(fields)).id, event.id);
  EXPECT_NE(TranslateEvent(Account(), http::FormEncode(With(fields, "cpm_error_message", "PAYMENT_FAILED"))).id, event.id);
  EXPECT_EQ(TranslateEvent(Account(), "cpm_site_id=1").kind, Event::Kind::kUnreadable);
}

using Kind = cinetpay::Check::Kind;

cinetpay::Check Says(const std::string& code, const std::string& status, const std::string& message = "M",
                     const std::string& amount = "1990", const std::string& currency = "XOF") {
  return ReadCheck(Account(), kAttempt,
                   R"({"code":")" + code + R"(","message":")" + message + R"(","data":{"amount":")" + amount + R"(","currency":")" +
                       currency + R"(","status":")" + status + R"("}})",
                   kNow);
}

TEST(CinetPayCodec, CheckDecides) {
  const auto paid = Says("00", "ACCEPTED", "SUCCES");
  ASSERT_EQ(paid.kind, Kind::kSays);
  EXPECT_EQ(paid.news.statements[0].fact.kind, FactKind::kCaptured);
  EXPECT_EQ(paid.news.statements[0].fact.amount_minor, 1990);
  EXPECT_EQ(paid.news.statements[0].fact.currency, "XOF");
  EXPECT_EQ(Says("627", "REFUSED", "TRANSACTION_CANCEL").news.statements[0].fact.kind, FactKind::kDeclined);
  // Refused for want of money is a failure, whatever old sample code says.
  EXPECT_EQ(Says("602", "REFUSED", "INSUFFISENT_BALANCE").news.statements[0].fact.kind, FactKind::kDeclined);
  for (const auto* code : {"623", "662", "663"}) {
    EXPECT_EQ(Says(code, "WAITING_FOR_CUSTOMER").news.statements[0].fact.kind, FactKind::kRequiresAction) << code;
    EXPECT_TRUE(Says(code, "WAITING_FOR_CUSTOMER").open);
  }
  for (const auto* code : {"603", "664", "804"})
    EXPECT_EQ(Says(code, "REFUSED").news.statements[0].fact.kind, FactKind::kProcessing) << code;
  EXPECT_EQ(Says("00", "A_STATUS_OF_2030").news.statements[0].fact.kind, FactKind::kRequiresAction);
  EXPECT_EQ(Says("627", "ACCEPTED").news.statements[0].fact.kind, FactKind::kProcessing);
}

TEST(CinetPayCodec, WhatCheckCannotSay) {
  EXPECT_EQ(ReadCheck(Account(), kAttempt, R"({"code":"600","message":"TRANSACTION_NOT_FOUND","data":null})", kNow).kind, Kind::kNotFound);
  EXPECT_EQ(ReadCheck(Account(), kAttempt, R"({"code":"609","message":"AUTH_NOT_VALID","data":null})", kNow).kind, Kind::kUnreadable);
  EXPECT_EQ(ReadCheck(Account(), kAttempt, "<html>", kNow).kind, Kind::kUnreadable);
  EXPECT_EQ(Says("00", "ACCEPTED", "SUCCES", "19,90").kind, Kind::kUnreadable);
  EXPECT_EQ(Says("00", "ACCEPTED", "SUCCES", "1990", "???").kind, Kind::kUnreadable);
}

TEST(CinetPayCodec, M06_WholeUnitsInMultiplesOfFive) {
  EXPECT_EQ(ToWhole({1990, *Currency::Parse("XOF")}), 1990);
  EXPECT_FALSE(ToWhole({1992, *Currency::Parse("XOF")}));
  EXPECT_EQ(ToWhole({2000, *Currency::Parse("USD")}), 20);
  EXPECT_FALSE(ToWhole({1990, *Currency::Parse("USD")}));
  EXPECT_EQ(Says("00", "ACCEPTED", "SUCCES", "20", "USD").news.statements[0].fact.amount_minor, 2000);
}

TEST(CinetPayCodec, TheTransactionIdIsTheAttempts) {
  EXPECT_EQ(TransactionId(kAttempt), "att0123456789abcdef0123456789abcdef");
  EXPECT_EQ(AttemptOf(TransactionId(kAttempt)), kAttempt);
  EXPECT_FALSE(AttemptOf("TX123"));
  const CreateCall call{"pay:x", PaymentId{kAttempt.uuid}, kAttempt, {1990, *Currency::Parse("XOF")}, "https://shop.example/back"};
  const auto body = InitBody(Account(), call, 1990);
  EXPECT_NE(body.find(R"("metadata":"pay_0123456789abcdef0123456789abcdef")"), std::string::npos);
  EXPECT_NE(body.find(R"("amount":1990)"), std::string::npos);
}

}  // namespace
}  // namespace quittance::billing::psp::cinetpay
