// What a PSP's answer means for us: refusals for good are few, everything doubtful is unknown.
#include <gtest/gtest.h>

#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::test {
namespace {

http::Outcome Answer(int status, std::vector<http::Header> headers = {}) { return http::Response{status, std::move(headers), ""}; }

TEST(Outgoing, I06_OnlyAClearNoIsARefusal) {
  EXPECT_EQ(ResultOf(Answer(200)), CallResult::kAnswered);
  EXPECT_EQ(ResultOf(Answer(402)), CallResult::kRefused);
  EXPECT_EQ(ResultOf(Answer(400)), CallResult::kRefused);
  for (const int status : {408, 409, 425, 429, 500, 502, 503, 504, 301})
    EXPECT_EQ(ResultOf(Answer(status)), CallResult::kUnknown) << status;
  EXPECT_EQ(ResultOf(http::Failure{http::Failure::Kind::kTimeout, true, ""}), CallResult::kUnknown);
  EXPECT_EQ(ResultOf(http::Failure{http::Failure::Kind::kConnect, false, ""}), CallResult::kUnknown);
}

TEST(Outgoing, EveryRequestCarriesKeyAndSignature) {
  Connection connection;
  connection.api_key = Secret("topsecret");
  http::Request request;
  request.method = "POST";
  request.body = R"({"id":"evt_test_1","type":"payment_intent.succeeded"})";
  Sign(request, connection, "pay:att_1", FromUnixSeconds(1'700'000'000));
  std::map<std::string, std::string> headers;
  for (const auto& header : request.headers) headers[header.name] = header.value;
  EXPECT_EQ(headers["Idempotency-Key"], "pay:att_1");
  EXPECT_EQ(headers["X-Timestamp"], "1700000000");
  EXPECT_EQ(headers["X-Signature"], "v1=a725b6c4b287f1e538ca71208582e808b21f93f537f5cf99029fcbd3170978f0");
  EXPECT_EQ(headers["X-Request-Id"], "pay:att_1");
}

TEST(Outgoing, SameStateIsTheSameFact) {
  Connection connection;
  connection.name = "stripe";
  const auto one = SeenMoney(FactKind::kCaptured, connection, {}, "pi_1", 1990, "EUR", FromUnixSeconds(1));
  const auto again = SeenMoney(FactKind::kCaptured, connection, {}, "pi_1", 1990, "EUR", FromUnixSeconds(99));
  const auto other = SeenMoney(FactKind::kCaptured, connection, {}, "pi_1", 1991, "EUR", FromUnixSeconds(1));
  EXPECT_EQ(one.fact.event_key, again.fact.event_key);
  EXPECT_NE(one.fact.event_key, other.fact.event_key);
}

}  // namespace
}  // namespace quittance::billing::psp::test
