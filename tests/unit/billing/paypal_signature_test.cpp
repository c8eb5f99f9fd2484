// PayPal's webhook signature: PayPal's documented message, signed by openssl's own command under a certificate that is fetched over HTTP.
#include <gtest/gtest.h>

#include "common/async/executor.h"
#include "common/http/server.h"
#include "services/billing/psp/paypal/signature.h"

namespace quittance::billing::psp::paypal {
namespace {

// openssl req -x509 -newkey rsa:2048; openssl dgst -sha256 -sign over the message of kId, kTime, kWebhookId and the CRC of kBody.
constexpr const char* kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDOjCCAiKgAwIBAgIBATANBgkqhkiG9w0BAQsFADA2MTQwMgYDVQQDDCttZXNz\n"
    "YWdldmVyaWZpY2F0aW9uY2VydHMuc2FuZGJveC5wYXlwYWwuY29tMB4XDTI2MTEy\n"
    "MTE2NDYwNloXDTQ2MTExNjE2NDYwNlowNjE0MDIGA1UEAwwrbWVzc2FnZXZlcmlm\n"
    "aWNhdGlvbmNlcnRzLnNhbmRib3gucGF5cGFsLmNvbTCCASIwDQYJKoZIhvcNAQEB\n"
    "BQADggEPADCCAQoCggEBAOHtlabidES/DYsQ60mK0b5sTNRC8N7VS/FUFL5/VHg6\n"
    "p+1Z/cxpUrdKEpeo+O3zrIxDmWkSrwzUDZuROL5iHGIQu/JPUtdlyEn1DuD3xAua\n"
    "3hJ2/0zFkQG9hWQWiPFRQfVVhXWH32I1zqln+tq4wMdvnoYgW8bZbMzQ9a3zCDFB\n"
    "Vghx1u/W/SKjcOjd5FJEd1XvcxzDvMlQxD81HU1+3M2y+4RnzSRnfjaQTzHTDZOf\n"
    "5OZb5HLHk/yrAOXNliFlwOdG6zbyywri8rZLI8WJc23KLVcbCrBMS3PlY5UQqOgv\n"
    "R7S6VboHsV+917zOw4YiwWATOnYsYNGQgcSOHwNUWrcCAwEAAaNTMFEwHQYDVR0O\n"
    "BBYEFFjN8GMOOnNSsY5egxQOzSTwvItwMB8GA1UdIwQYMBaAFFjN8GMOOnNSsY5e\n"
    "gxQOzSTwvItwMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBADpM\n"
    "fw+4gybfcnS4rbf4ygfV5puSm61DzVCazGygrM+oEdysMtLhQg+KiCbKdjQa4mWM\n"
    "XbefWSTNc0DCg7/72+XV4p+ucwj+bHCjsYnvtHLxlnatEZRxcbmwOoItAjUR/Gh9\n"
    "vq2V3nn6gDMRULswgB+0D+gYYCT6rsRiwc5Lo4iY+LWX5UVcgSXCnTPygiwLBMCK\n"
    "S6iZz7stE/P31IkMDGPmGzmKi9HTaZtHQhXUVRaRaXB+a2F83501ZsSYgUPVgug3\n"
    "aZi3y4goNLpnyszccjKPhtHsIT+TR6TcJNXkkmMtxgMlZ4CMuGBiIdmGi68ipGDB\n"
    "lpMj6zsDNA+TjvJ7v1w=\n"
    "-----END CERTIFICATE-----\n";
constexpr const char* kSignature =
    "0kGd2KkWymdn1xfAkb4OHN3cWWbllmj369MDnMEVPOFFGqStzmacVLtsbkQyQLeUQrzLvdRb+vNfr0VrTHuv4cr2abDOd0i+nUFV8k0pia9UcJ"
    "Eb5cqUq7jaIM4T3t7Gu+bHDbKlFlvJ3/+ufqxS2xeNz9/jjm9MWgrjMpJJt/ag7Hw6dvYlOV/6H3U/I9nf6lMoOS7VoGJeR2Ltypco3Rmnpehk"
    "zLURyhiDuKZ2IHNM9CUhOQfDQQHWQA2AGbEnhwrBDq1muHWpIHCRHDgdSczvfCgQ7l1JhcydRVh7eRrcnK7gyBM8rPdoTYr6CtuJC+Ie19vR9K"
    "fezJzvA886vA==";
const std::string kId = "69cd13f0-d67a-11e5-baa3-778b53f4ae55";
const std::string kTime = "2027-02-18T20:01:35Z";
const std::string kWebhookId = "4JH86294D6297924G";
const std::string kBody = R"({"id":"evt_test_1","type":"payment_intent.succeeded"})";

class PayPalSignature : public ::testing::Test {
 protected:
  PayPalSignature() { server_.Listen("127.0.0.1:0"); }

  Task<http::ServerResponse> Give(const http::ServerRequest& request) {
    ++fetches_;
    const auto& what = request.path_parameters[0];
    if (what == "away") co_return http::ServerResponse{.status = 503};
    co_return http::ServerResponse{.body = what == "none" ? "no certificate" : kCertificate};
  }
  std::string Origin() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::string Url(const std::string& name) const { return Origin() + "/certs/" + name; }
  const Certificates& Known() {
    if (!certificates_) {
      network_ = std::make_unique<Network>(Network{client_, clock_, Origin() + "/api"});
      certificates_ = std::make_unique<Certificates>(*network_);
    }
    return *certificates_;
  }
  RawWebhook Webhook(const std::string& url, const std::string& signature = kSignature, const std::string& time = kTime) {
    return {{{"PAYPAL-TRANSMISSION-ID", kId},
             {"PAYPAL-TRANSMISSION-TIME", time},
             {"PAYPAL-TRANSMISSION-SIG", signature},
             {"PAYPAL-CERT-URL", url},
             {"PAYPAL-AUTH-ALGO", "SHA256withRSA"}},
            kBody};
  }
  static Connection Account(std::vector<WebhookSecret> ids = {{Secret(kWebhookId), std::nullopt}}) {
    Connection connection;
    connection.name = "paypal";
    connection.webhook_secrets = std::move(ids);
    return connection;
  }
  std::optional<Rejection> Check(const RawWebhook& webhook, const Connection& connection = Account()) {
    if (const auto url = CertificateUrl(webhook)) async::RunSync(executor_, Known().Fetch(*url));
    return Verify(connection, webhook, Known(), clock_.Now());
  }
  static RawWebhook Without(RawWebhook webhook, const std::string& name) {
    std::erase_if(webhook.headers, [&](const RawHeader& header) { return header.name == name; });
    return webhook;
  }

  ManualClock clock_{*ParseRfc3339("2027-02-18T20:01:40Z")};
  async::Executor executor_{1};
  metrics::Registry metrics_;
  http::Client client_{metrics_};
  std::atomic<int> fetches_{0};
  http::Server server_{executor_,
                       {.name = "certs"},
                       {{"GET", "/certs/{name}", 0, [this](const http::ServerRequest& request) { return Give(request); }}},
                       metrics_};
  std::unique_ptr<Network> network_;
  std::unique_ptr<Certificates> certificates_;
};

TEST_F(PayPalSignature, CrcIsZlibs) {
  EXPECT_EQ(Crc32(kBody), 2352898232U);
  EXPECT_EQ(Crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(Crc32(""), 0U);
}

TEST_F(PayPalSignature, OpensslSignsAndOursVerifies) {
  EXPECT_FALSE(Check(Webhook(Url("good"))));
  EXPECT_FALSE(Check(Webhook(Url("good"))));
  EXPECT_EQ(fetches_, 1);  // kept
}

TEST_F(PayPalSignature, W09_W12_EveryPartOfTheMessageIsSigned) {
  auto other_body = Webhook(Url("good"));
  other_body.body += " ";
  EXPECT_EQ(Check(other_body), Rejection::kSignatureWrong);
  EXPECT_EQ(Check(Webhook(Url("good"), kSignature, "2027-02-18T20:01:36Z")), Rejection::kSignatureWrong);
  auto other_id = Webhook(Url("good"));
  other_id.headers[0].value = "79cd13f0-d67a-11e5-baa3-778b53f4ae55";
  EXPECT_EQ(Check(other_id), Rejection::kSignatureWrong);
  EXPECT_EQ(Check(Webhook(Url("good")), Account({{Secret("another webhook"), std::nullopt}})), Rejection::kSignatureWrong);
}

TEST_F(PayPalSignature, W10_MalformedIsRefusedWithoutException) {
  for (const auto* name :
       {"PAYPAL-TRANSMISSION-ID", "PAYPAL-TRANSMISSION-TIME", "PAYPAL-TRANSMISSION-SIG", "PAYPAL-CERT-URL", "PAYPAL-AUTH-ALGO"})
    EXPECT_TRUE(Check(Without(Webhook(Url("good")), name))) << name;
  const std::string signature = kSignature;
  for (const auto& bad :
       {std::string("AAAA"), signature.substr(4), signature + "A", signature + " ", std::string("!!!!"), std::string(256, 'A')})
    EXPECT_TRUE(Check(Webhook(Url("good"), bad))) << bad;
  auto twice = Webhook(Url("good"));
  twice.headers.push_back(twice.headers[2]);
  EXPECT_EQ(Check(twice), Rejection::kSignatureMissing);
  EXPECT_EQ(Check(Webhook(Url("good")), Account({})), Rejection::kNoSecret);
}

TEST_F(PayPalSignature, W17_TheAlgorithmIsOurs) {
  auto webhook = Webhook(Url("good"));
  for (const auto* algorithm : {"SHA1withRSA", "none", "HS256", "sha256withrsa"}) {
    webhook.headers[4].value = algorithm;
    EXPECT_EQ(Check(webhook), Rejection::kSignatureMalformed) << algorithm;
  }
}

TEST_F(PayPalSignature, W11_OldAndFutureTransmissionsAreRefused) {
  clock_.Advance(std::chrono::hours(24 * 3));
  EXPECT_FALSE(Check(Webhook(Url("good"))));  // PayPal sends for three days
  clock_.Advance(std::chrono::hours(24 + 1));
  EXPECT_EQ(Check(Webhook(Url("good"))), Rejection::kTimestampOutside);
  clock_.Advance(-std::chrono::hours(24 * 5));
  EXPECT_EQ(Check(Webhook(Url("good"))), Rejection::kTimestampOutside);
}

TEST_F(PayPalSignature, W30_TheCertificatesAddressIsPinned) {
  using Pin = Certificates::Pin;
  EXPECT_EQ(Known().PinOf("https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"), Pin::kPayPal);
  EXPECT_EQ(Known().PinOf("https://messageverificationcerts.paypal.com/certs/x"), Pin::kPayPal);
  EXPECT_EQ(Known().PinOf(Url("good")), Pin::kConfigured);
  for (const auto& url : std::vector<std::string>{
           "http://api.paypal.com/certs/x", "https://paypal.com.evil.example/certs/x", "https://evilpaypal.com/x", "https://api.paypal.com",
           "https://api.paypal.com@evil.example/x", "https://evil.example/.paypal.com/x", "https://api.paypal.com:8443/x",
           "https://evil.example#.paypal.com/x", "https://evil.example?.paypal.com/x", "https://evil.example\\.paypal.com/x",
           "https://API.PAYPAL.COM.evil.example/x", "http://127.0.0.1:1/certs/x", "file:///etc/passwd", "https://169.254.169.254/x",
           "http://[::ffff:10.0.0.1]/x", "https://[::ffff:10.0.0.1]/x", "", Origin() + ".evil.example/x",
           std::string("https://api.paypal.com/") + std::string(600, 'x')}) {
    EXPECT_EQ(Known().PinOf(url), Pin::kRefused) << url;
    EXPECT_EQ(Check(Webhook(url)), Rejection::kCertificateUntrusted) << url;
  }
  EXPECT_EQ(fetches_, 0);
}

TEST_F(PayPalSignature, WhatIsNoCertificateIsNotBelievedAndWhatIsAwayIsAskedAgain) {
  EXPECT_EQ(Check(Webhook(Url("none"))), Rejection::kCertificateUntrusted);
  EXPECT_TRUE(Known().Find(Url("none"), clock_.Now()));
  async::RunSync(executor_, Known().Fetch(Url("away")));
  async::RunSync(executor_, Known().Fetch(Url("away")));
  EXPECT_FALSE(Known().Find(Url("away"), clock_.Now()));
  EXPECT_EQ(fetches_, 2);  // not asked again at once
}

TEST_F(PayPalSignature, ACertificateThatHasEndedIsNotBelieved) {
  clock_.Advance(std::chrono::hours(24 * 365 * 21));
  auto webhook = Webhook(Url("good"), kSignature, FormatRfc3339(clock_.Now()));
  EXPECT_EQ(Check(webhook), Rejection::kCertificateUntrusted);
}

TEST_F(PayPalSignature, W16_ARetiredWebhookIdIsRefused) {
  const auto now = clock_.Now();
  EXPECT_FALSE(Check(Webhook(Url("good")), Account({{Secret("new one"), std::nullopt}, {Secret(kWebhookId), now}})));
  EXPECT_EQ(Check(Webhook(Url("good")), Account({{Secret(kWebhookId), now - Duration(std::chrono::seconds(1))}})),
            Rejection::kSignatureWrong);
}

}  // namespace
}  // namespace quittance::billing::psp::paypal
