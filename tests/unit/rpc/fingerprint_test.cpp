// The fingerprint of a request: equal for what means the same, different for everything else.
#include "common/rpc/fingerprint.h"

#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include "common/crypto/hmac.h"
#include "quittance/billing/v1/billing.pb.h"
#include "quittance/subscriptions/v1/subscriptions.pb.h"

namespace quittance::rpc {
namespace {

using billing::v1::CreatePaymentIntentRequest;
using subscriptions::v1::CreatePlanRequest;

constexpr const char* kRpc = "quittance.billing.v1.BillingService.CreatePaymentIntent";

db::Fingerprint Of(const google::protobuf::Message& request, std::string_view operation = kRpc) {
  const auto fingerprint = FingerprintOf(operation, request);
  EXPECT_TRUE(fingerprint.ok());
  return fingerprint.ok() ? *fingerprint : db::Fingerprint{};
}

CreatePaymentIntentRequest Intent() {
  CreatePaymentIntentRequest request;
  request.set_request_id("order-4711");
  request.set_user_id("usr_00000000000000000000000000000001");
  request.set_plan_code("signaux-weekly");
  request.mutable_amount()->set_amount_minor(1990);
  request.mutable_amount()->set_currency_code("EUR");
  (*request.mutable_metadata())["cart"] = "a";
  (*request.mutable_metadata())["shelf"] = "b";
  return request;
}

TEST(Fingerprint, I21_MapOrderAndEncodingDoNotMatter) {
  CreatePaymentIntentRequest other = Intent();
  other.clear_metadata();
  for (int i = 0; i < 100; ++i) (*other.mutable_metadata())["x" + std::to_string(i)] = "grows the map so that its order changes";
  other.clear_metadata();
  (*other.mutable_metadata())["shelf"] = "b";
  (*other.mutable_metadata())["cart"] = "a";
  EXPECT_EQ(Of(Intent()), Of(other));

  // The same fields in another order on the wire, and a default that is spelled out.
  CreatePaymentIntentRequest first, second, joined;
  first.set_plan_code("signaux-weekly");
  second.set_user_id("usr_1");
  ASSERT_TRUE(joined.ParseFromString(first.SerializeAsString() + second.SerializeAsString()));
  CreatePaymentIntentRequest plain;
  plain.set_user_id("usr_1");
  plain.set_plan_code("signaux-weekly");
  plain.set_return_url("");
  EXPECT_EQ(Of(joined), Of(plain));
}

TEST(Fingerprint, I21_UnknownFieldsAreRefusedAnywhere) {
  CreatePaymentIntentRequest request = Intent();
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(9999, 1);
  const auto outer = FingerprintOf(kRpc, request);
  ASSERT_FALSE(outer.ok());
  EXPECT_EQ(outer.error().code, Code::kInvalidArgument);

  CreatePaymentIntentRequest nested = Intent();
  auto* amount = nested.mutable_amount();
  amount->GetReflection()->MutableUnknownFields(amount)->AddVarint(9999, 1);
  EXPECT_FALSE(FingerprintOf(kRpc, nested).ok());
}

TEST(Fingerprint, I01_TheKeyItselfIsNotPartOfIt) {
  CreatePaymentIntentRequest other = Intent();
  other.set_request_id("order-4712");
  EXPECT_EQ(Of(Intent()), Of(other));
}

TEST(Fingerprint, I02_EveryBusinessFieldMatters) {
  const db::Fingerprint base = Of(Intent());
  CreatePaymentIntentRequest r = Intent();
  r.set_user_id("usr_00000000000000000000000000000002");
  EXPECT_NE(base, Of(r));
  r = Intent();
  r.set_content_id("signaux-weekly");  // the same text as another purpose
  EXPECT_NE(base, Of(r));
  r = Intent();
  r.mutable_amount()->set_amount_minor(1991);
  EXPECT_NE(base, Of(r));
  r = Intent();
  r.mutable_amount()->set_currency_code("USD");
  EXPECT_NE(base, Of(r));
  r = Intent();
  (*r.mutable_metadata())["cart"] = "c";
  EXPECT_NE(base, Of(r));
  r = Intent();
  r.clear_amount();
  EXPECT_NE(base, Of(r));
  EXPECT_NE(base, Of(Intent(), "quittance.billing.v2.BillingService.CreatePaymentIntent"));
}

// A text may not slip over the border between two fields, nor a list's elements into one another, nor lose their order.
TEST(Fingerprint, I02_BordersAreLengths) {
  CreatePlanRequest a, b;
  a.set_code("ab");
  a.set_display_name("c");
  b.set_code("a");
  b.set_display_name("bc");
  EXPECT_NE(Of(a), Of(b));
  a.Clear();
  b.Clear();
  a.add_channels("ab");
  b.add_channels("a");
  b.add_channels("b");
  EXPECT_NE(Of(a), Of(b));
  a.Clear();
  b.Clear();
  a.add_channels("x");
  a.add_channels("y");
  b.add_channels("y");
  b.add_channels("x");
  EXPECT_NE(Of(a), Of(b));
}

// Stored keys outlive a release: the text behind the hash may not change.
TEST(Fingerprint, I20_IsTheSameInEveryRelease) {
  CreatePlanRequest request;
  request.set_code("signaux-weekly");
  request.set_duration_seconds(604'800);
  EXPECT_EQ(crypto::Hex(Of(request, "quittance.subscriptions.v1.PlanService.CreatePlan")),
            "fb30515f19d82d13366491f4e90adff258cbd1df12f557139509b75a80bcba2b");
}

}  // namespace
}  // namespace quittance::rpc
