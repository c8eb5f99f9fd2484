// Signatures of webhooks: the vectors of the PSPs' pages, and everything that is not quite one.
#include <gtest/gtest.h>

#include "common/crypto/hmac.h"
#include "services/billing/psp/hmac/codec.h"
#include "services/billing/psp/stripe/signature.h"
#include "services/billing/psp/webhook_signature.h"

namespace quittance::billing::psp::test {
namespace {

constexpr std::int64_t kTime = 1'700'000'000;
const std::string kBody = R"({"id":"evt_test_1","type":"payment_intent.succeeded"})";
const std::string kStripeMac = "510a6b23c205185db14dd02988bce5939164d8e977341d096cb9c4305b367fb8";
const std::string kHmacMac = "a725b6c4b287f1e538ca71208582e808b21f93f537f5cf99029fcbd3170978f0";

Connection With(std::vector<WebhookSecret> secrets) {
  Connection connection;
  connection.name = "c";
  connection.webhook_secrets = std::move(secrets);
  return connection;
}
Connection StripeAccount() { return With({{Secret("whsec_test_secret"), std::nullopt}}); }
Connection HmacAccount() { return With({{Secret("topsecret"), std::nullopt}}); }

std::optional<Rejection> Stripe(const std::string& header, std::int64_t now = kTime, const std::string& body = kBody,
                                const Connection& c = StripeAccount()) {
  return stripe::Verify(c, {{{"Stripe-Signature", header}}, body}, FromUnixSeconds(now));
}

std::optional<Rejection> Hmac(const std::string& signature, const std::string& timestamp = std::to_string(kTime), std::int64_t now = kTime,
                              const std::string& body = kBody, const Connection& c = HmacAccount()) {
  return hmac::Verify(c, {{{"x-timestamp", timestamp}, {"X-SIGNATURE", signature}}, body}, FromUnixSeconds(now));
}

std::string SignHmac(const std::string& secret, const std::string& timestamp, const std::string& body) {
  return "v1=" + crypto::Hex(crypto::HmacSha256(secret, timestamp + "." + body));
}

TEST(StripeSignature, Vector) { EXPECT_FALSE(Stripe("t=1700000000,v1=" + kStripeMac)); }
TEST(HmacSignature, Vector) { EXPECT_FALSE(Hmac("v1=" + kHmacMac)); }

TEST(HmacSignature, BodyOnlyAndOtherSchemesAreRefused) {
  EXPECT_TRUE(Hmac("d6c2f96e0e2a2c8a5c5e15f706a954b5144dce99d16cf31d2ac4cd2a344746cb"));
  EXPECT_TRUE(Hmac("v1=d6c2f96e0e2a2c8a5c5e15f706a954b5144dce99d16cf31d2ac4cd2a344746cb"));
  EXPECT_TRUE(Hmac("v1=752272b1264db5988100adc3aa8a511dc8bbaa8927d91c63c3bed2e51ad77995"));
  EXPECT_TRUE(Hmac("sha256=" + kHmacMac));
}

TEST(Signature, W09_OnlyTheRawBytesVerify) {
  EXPECT_EQ(Stripe("t=1700000000,v1=" + kStripeMac, kTime, R"({"type":"payment_intent.succeeded","id":"evt_test_1"})"),
            Rejection::kSignatureWrong);
  EXPECT_EQ(Stripe("t=1700000000,v1=" + kStripeMac, kTime, kBody + "\n"), Rejection::kSignatureWrong);
  EXPECT_EQ(Hmac("v1=" + kHmacMac, std::to_string(kTime), kTime, kBody + " "), Rejection::kSignatureWrong);
}

TEST(Signature, W10_MalformedSignaturesAreRefusedWithoutException) {
  std::string upper = kHmacMac;
  for (auto& c : upper) c = static_cast<char>(std::toupper(c));
  const std::vector<std::string> bad = {"",
                                        "v1=",
                                        "v1=a7",
                                        "v1=" + kHmacMac.substr(2),
                                        "v1=" + kHmacMac + "00",
                                        "v1=" + upper,
                                        "v1=" + kHmacMac + " ",
                                        " v1=" + kHmacMac,
                                        "v1=" + std::string("a\0b", 3) + kHmacMac.substr(3),
                                        "v1=pyW2xLKH8eU4ynEghYLoCLIfk/U39c+ZAp/L0xcJePA=",
                                        "v1=pyW2xLKH8eU4ynEghYLoCLIfk_U39c-ZAp_L0xcJePA",
                                        "v1",
                                        ",",
                                        "v2=" + kHmacMac,
                                        kHmacMac};
  for (const auto& signature : bad) EXPECT_TRUE(Hmac(signature)) << signature;
  for (const auto& signature : bad) EXPECT_TRUE(Stripe("t=1700000000," + signature)) << signature;
  EXPECT_TRUE(Stripe(""));
  EXPECT_TRUE(Stripe("v1=" + kStripeMac));
  EXPECT_TRUE(Stripe("t=1700000000"));
  EXPECT_TRUE(Stripe("t=1700000000,v0=" + kStripeMac));
}

TEST(Signature, W10_MissingHeaders) {
  EXPECT_EQ(stripe::Verify(StripeAccount(), {{}, kBody}, FromUnixSeconds(kTime)), Rejection::kSignatureMissing);
  EXPECT_EQ(hmac::Verify(HmacAccount(), {{}, kBody}, FromUnixSeconds(kTime)), Rejection::kSignatureMissing);
  EXPECT_EQ(hmac::Verify(HmacAccount(), {{{"X-Signature", "v1=" + kHmacMac}}, kBody}, FromUnixSeconds(kTime)),
            Rejection::kTimestampMalformed);
}

TEST(Signature, W11_TimestampToleranceBothWays) {
  EXPECT_FALSE(Stripe("t=1700000000,v1=" + kStripeMac, kTime + 300));
  EXPECT_FALSE(Stripe("t=1700000000,v1=" + kStripeMac, kTime - 300));
  EXPECT_EQ(Stripe("t=1700000000,v1=" + kStripeMac, kTime + 301), Rejection::kTimestampOutside);
  EXPECT_EQ(Stripe("t=1700000000,v1=" + kStripeMac, kTime - 301), Rejection::kTimestampOutside);
  EXPECT_EQ(Hmac("v1=" + kHmacMac, "1700000000", kTime + 301), Rejection::kTimestampOutside);
  EXPECT_EQ(Hmac("v1=" + kHmacMac, "1700000000", kTime - 301), Rejection::kTimestampOutside);
}

TEST(Signature, W12_ChangedTimestampBreaksTheMac) {
  EXPECT_EQ(Stripe("t=1700000001,v1=" + kStripeMac), Rejection::kSignatureWrong);
  EXPECT_EQ(Hmac("v1=" + kHmacMac, "1700000001"), Rejection::kSignatureWrong);
}

TEST(Signature, W13_TimestampsAreStrictIntegers) {
  for (const std::string bad :
       {"1e9", "-1", "9223372036854775808", "0x6553f100", " 1700000000", "+1700000000", "1700000000 ", "", "01700000000", "1700000000.0"}) {
    EXPECT_EQ(Hmac(SignHmac("topsecret", bad, kBody), bad), Rejection::kTimestampMalformed) << bad;
    EXPECT_TRUE(Stripe("t=" + bad + ",v1=" + kStripeMac)) << bad;
  }
  EXPECT_TRUE(Stripe("t=1700000000,t=1700000000,v1=" + kStripeMac));
}

TEST(Signature, W13_I11_RepeatedHeadersAreRefused) {
  const RawHeader signature{"Stripe-Signature", "t=1700000000,v1=" + kStripeMac};
  EXPECT_TRUE(stripe::Verify(StripeAccount(), {{signature, signature}, kBody}, FromUnixSeconds(kTime)));
  const RawHeader time{"X-Timestamp", "1700000000"}, mac{"X-Signature", "v1=" + kHmacMac};
  EXPECT_FALSE(hmac::Verify(HmacAccount(), {{time, mac}, kBody}, FromUnixSeconds(kTime)));
  EXPECT_TRUE(hmac::Verify(HmacAccount(), {{time, time, mac}, kBody}, FromUnixSeconds(kTime)));
  EXPECT_TRUE(hmac::Verify(HmacAccount(), {{time, mac, mac}, kBody}, FromUnixSeconds(kTime)));
}

TEST(Signature, W15_AnyValidPairAcceptsUpToFive) {
  const std::string wrong(64, '0');
  const auto two = With({{Secret("new secret"), std::nullopt}, {Secret("topsecret"), std::nullopt}});
  EXPECT_FALSE(Hmac("v1=" + wrong + ",v1=" + kHmacMac, "1700000000", kTime, kBody, two));
  EXPECT_FALSE(Hmac("v1=" + wrong + ",v1=" + wrong + ",v1=" + wrong + ",v1=" + wrong + ",v1=" + kHmacMac));
  EXPECT_TRUE(Hmac("v1=" + wrong + ",v1=" + wrong + ",v1=" + wrong + ",v1=" + wrong + ",v1=" + wrong + ",v1=" + kHmacMac));
  EXPECT_FALSE(Stripe("t=1700000000,v1=" + wrong + ",v0=x,v1=" + kStripeMac));
}

TEST(Signature, W16_ARetiredSecretIsRefusedAfterItsTime) {
  const auto retiring = With({{Secret("topsecret"), FromUnixSeconds(kTime + 10)}});
  EXPECT_FALSE(Hmac("v1=" + kHmacMac, "1700000000", kTime + 10, kBody, retiring));
  EXPECT_EQ(Hmac("v1=" + kHmacMac, "1700000000", kTime + 11, kBody, retiring), Rejection::kSignatureWrong);
}

TEST(Signature, WithoutASecretNothingIsBelieved) {
  EXPECT_EQ(Hmac("v1=" + kHmacMac, "1700000000", kTime, kBody, With({})), Rejection::kNoSecret);
  EXPECT_EQ(Stripe("t=1700000000,v1=" + kStripeMac, kTime, kBody, With({})), Rejection::kNoSecret);
}

TEST(Signature, OutgoingIsWhatIncomingAccepts) {
  const auto out = SignOutgoing(Secret("topsecret"), kBody, FromUnixSeconds(kTime));
  EXPECT_EQ(out.signature, "v1=" + kHmacMac);
  EXPECT_FALSE(Hmac(out.signature, out.timestamp));
}

}  // namespace
}  // namespace quittance::billing::psp::test
