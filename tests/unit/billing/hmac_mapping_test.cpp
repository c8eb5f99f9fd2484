// The generic HMAC PSP in other spellings: signature schemes by opt-in, mapped fields and types.
#include <gtest/gtest.h>

#include "services/billing/psp/hmac/codec.h"
#include "services/billing/psp/hmac/mapping.h"

namespace quittance::billing::psp::hmac {
namespace {

const std::string kBody = R"({"id":"evt_test_1","type":"payment_intent.succeeded"})";
const std::string kBodyOnly = "d6c2f96e0e2a2c8a5c5e15f706a954b5144dce99d16cf31d2ac4cd2a344746cb";
const std::string kTimed = "a725b6c4b287f1e538ca71208582e808b21f93f537f5cf99029fcbd3170978f0";

Connection Account(std::map<std::string, std::string> fields = {}) {
  Connection connection;
  connection.name = "hmac";
  connection.webhook_secrets = {{Secret("topsecret"), std::nullopt}};
  for (const auto& [name, value] : fields) connection.fields.emplace(name, Secret(value));
  return connection;
}

std::optional<Rejection> Check(const Connection& connection, const std::string& signature, bool timed = false) {
  RawWebhook webhook{{{"X-Signature", signature}}, kBody};
  if (timed) webhook.headers.push_back({"X-Timestamp", "1700000000"});
  return Verify(connection, webhook, FromUnixSeconds(1'700'000'000));
}

TEST(HmacBodyOnly, IsAcceptedByExplicitOptInAlone) {
  const auto body_only = Account({{"signature", "body_only"}});
  EXPECT_FALSE(Check(body_only, kBodyOnly));
  EXPECT_FALSE(Check(body_only, "sha256=" + kBodyOnly));
  EXPECT_TRUE(Check(Account(), kBodyOnly));
  EXPECT_TRUE(Check(Account({{"signature", "timestamped"}}), "sha256=" + kBodyOnly));
  EXPECT_FALSE(Check(Account({{"signature", "timestamped"}}), "v1=" + kTimed, true));
  EXPECT_TRUE(Check(body_only, "v1=" + kTimed, true));  // a connection has one scheme
  EXPECT_EQ(Check(body_only, "sha512=" + kBodyOnly), Rejection::kSignatureMalformed);
  EXPECT_EQ(Check(body_only, kBodyOnly.substr(2)), Rejection::kSignatureMalformed);
  EXPECT_EQ(Check(body_only, ""), Rejection::kSignatureMissing);
  EXPECT_EQ(Check(Account({{"signature", "a scheme of 2030"}}), kBodyOnly), Rejection::kNoSecret);
}

// The vector of the Standard Webhooks specification.
struct Standard {
  std::string id = "msg_p5jXN8AQM9LWM0D4loKWxJek", time = "1614265330", signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
};
std::optional<Rejection> CheckStandard(const Standard& with, std::int64_t now = 1614265330) {
  auto account = Account({{"signature", "standard"}});
  account.webhook_secrets = {{Secret(with.secret), std::nullopt}};
  return Verify(
      account,
      {{{"webhook-id", with.id}, {"Webhook-Timestamp", with.time}, {"webhook-signature", with.signature}}, R"({"test": 2432232314})"},
      FromUnixSeconds(now));
}

TEST(HmacStandard, Vector) {
  EXPECT_FALSE(CheckStandard({}));
  EXPECT_FALSE(CheckStandard({.secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}));
  EXPECT_FALSE(CheckStandard(
      {.signature = "v1a,AAAA v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}));
}

TEST(HmacStandard, W11_W12_TheTimeIsSignedAndNear) {
  EXPECT_FALSE(CheckStandard({}, 1614265330 + 300));
  EXPECT_EQ(CheckStandard({}, 1614265330 + 301), Rejection::kTimestampOutside);
  EXPECT_EQ(CheckStandard({}, 1614265330 - 301), Rejection::kTimestampOutside);
  EXPECT_EQ(CheckStandard({.time = "1614265331"}), Rejection::kSignatureWrong);
  for (const auto* time : {"", "-1", "+1614265330", " 1614265330", "1e9", "0x60000000"})
    EXPECT_EQ(CheckStandard({.time = time}), Rejection::kTimestampMalformed) << time;
}

TEST(HmacStandard, W14_ADotInTheIdIsRefused) {
  EXPECT_EQ(CheckStandard({.id = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330"}), Rejection::kSignatureMalformed);
  EXPECT_EQ(CheckStandard({.id = ""}), Rejection::kSignatureMalformed);
  EXPECT_EQ(CheckStandard({.id = "msg_another"}), Rejection::kSignatureWrong);
}

// Whatever the label says, only v1 under our own secret counts.
TEST(HmacStandard, W17_AnotherVersionIsNeverOurs) {
  EXPECT_EQ(CheckStandard({.signature = "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}), Rejection::kSignatureMalformed);
  EXPECT_EQ(CheckStandard({.signature = "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}), Rejection::kSignatureMalformed);
  EXPECT_EQ(CheckStandard({.signature = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}), Rejection::kSignatureMalformed);
  EXPECT_EQ(CheckStandard({.secret = "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}), Rejection::kNoSecret);
}

TEST(HmacMapping, FieldsAndTypesOfTheirs) {
  const auto account = Account({{"field_map",
                                 "id=event.id, reference=data.transaction.id\npayment_id=data.order, amount=data.total, "
                                 "currency=data.currency, created=event.at, type=event.name"},
                                {"type_map", "charge.paid=payment.succeeded, charge.failed=payment.failed"}});
  const auto event = TranslateEvent(
      account,
      R"({"event":{"id":77,"name":"charge.paid","at":"2026-11-21T10:00:00Z"},"data":{"transaction":{"id":"T-1"},"total":"19.90",
          "order":"pay_0123456789abcdef0123456789abcdef","currency":"EUR"}})");
  ASSERT_EQ(event.kind, Event::Kind::kNews);
  EXPECT_EQ(event.id, "77");
  EXPECT_EQ(event.news.about.psp_reference, "T-1");
  EXPECT_EQ(event.news.about.payment->ToString(), "pay_0123456789abcdef0123456789abcdef");
  EXPECT_EQ(event.news.statements[0].fact.kind, FactKind::kCaptured);
  EXPECT_EQ(event.news.statements[0].fact.amount_minor, 1990);
  EXPECT_EQ(event.news.statements[0].fact.psp_time, ParseRfc3339("2026-11-21T10:00:00Z"));
}

TEST(HmacMapping, WhatIsNotThereStaysAway) {
  const auto account = Account({{"field_map", "amount_minor=data.cents"}});
  // Theirs has a member of our name that means another thing: the map says where ours is, and it is not there.
  const auto event = TranslateEvent(
      account, R"({"id":"1","type":"payment.succeeded","reference":"T-1","amount_minor":5,"currency":"EUR","created":1700000000})");
  EXPECT_EQ(event.kind, Event::Kind::kUnreadable);
}

TEST(HmacMapping, SettingsAreChecked) {
  EXPECT_FALSE(FieldMapProblem("reference=data.id, amount_minor=cents"));
  for (const auto* bad : {"reference", "reference=", "=data.id", "status_of_2030=data.id", "reference=.id", "reference=id."})
    EXPECT_TRUE(FieldMapProblem(bad)) << bad;
  EXPECT_FALSE(TypeMapProblem("charge.paid=payment.succeeded"));
  EXPECT_TRUE(TypeMapProblem("charge.paid"));
}

}  // namespace
}  // namespace quittance::billing::psp::hmac
