// Shape rules of intents, prices, and when late money is superseded.
#include <gtest/gtest.h>

#include "services/billing/domain/intent.h"
#include "tests/unit/billing/facts.h"

namespace quittance::billing::test {
namespace {

TEST(Intent, CardNumbersAreRefusedInFreeText) {
  EXPECT_EQ(ReferencePurpose("4242424242424242").error().reason, Reason::kCardNumberRefused);
  EXPECT_EQ(ReferencePurpose("4242 4242 4242 4242").error().fields.at(0).field, "reference");
  EXPECT_EQ(CheckMetadata({{"card", "5555-5555-5555-4444"}}).error().reason, Reason::kCardNumberRefused);
  EXPECT_TRUE(ReferencePurpose("order-2026-000042").ok());
}

TEST(Intent, I13_ReferenceAndMetadataHaveLimits) {
  EXPECT_FALSE(ReferencePurpose("").ok());
  EXPECT_FALSE(ReferencePurpose(std::string(129, 'x')).ok());
  EXPECT_FALSE(ReferencePurpose(std::string("a\0b", 3)).ok());
  Metadata many;
  for (int i = 0; i < 51; ++i) many.emplace_back("key" + std::to_string(i), "v");
  EXPECT_EQ(CheckMetadata(many).error().fields.at(0).field, "metadata");
  EXPECT_FALSE(CheckMetadata({{std::string(41, 'k'), "v"}}).ok());
  EXPECT_FALSE(CheckMetadata({{"k", std::string(501, 'v')}}).ok());
  EXPECT_TRUE(CheckMetadata({{"k", ""}}).ok());
}

TEST(Intent, ReturnUrlNeedsAKnownOrigin) {
  const std::vector<std::string> origins = {"https://shop.example"};
  EXPECT_TRUE(CheckReturnOrigin("https://shop.example/back?x=1", origins).ok());
  EXPECT_TRUE(CheckReturnOrigin("", origins).ok());
  EXPECT_EQ(CheckReturnOrigin("https://shop.example.evil.example/", origins).error().reason, Reason::kReturnOriginRefused);
  EXPECT_EQ(CheckReturnOrigin("https://evil.example/?https://shop.example", origins).error().reason, Reason::kReturnOriginRefused);
  EXPECT_FALSE(CheckReturnUrl("javascript:alert(1)").ok());
  EXPECT_FALSE(CheckReturnUrl("/relative").ok());
}

TEST(Intent, PriceIsTheOffers) {
  const Offer offer{"weekly", "plan_1", Euros(1990), true, 1};
  EXPECT_EQ(*PriceOf(offer, std::nullopt), Euros(1990));
  EXPECT_EQ(*PriceOf(offer, Euros(1990)), Euros(1990));
  EXPECT_EQ(PriceOf(offer, Euros(1)).error().reason, Reason::kAmountMismatch);
  EXPECT_EQ(PriceOf(offer, Money{1990, *Currency::Parse("USD")}).error().reason, Reason::kAmountMismatch);
  EXPECT_EQ(PriceOf(std::nullopt, Euros(1990)).error().reason, Reason::kOfferNotFound);
  const Offer archived{"weekly", "plan_1", Euros(1990), false, 2};
  EXPECT_EQ(PriceOf(archived, std::nullopt).error().reason, Reason::kOfferNotFound);
}

Payment FailedAt(PurposeKind kind, std::int64_t seconds) {
  Payment payment{
      .id = {}, .tenant = {}, .user = {}, .purpose = {kind, "x"}, .amount = Euros(1990), .attempts = {Attempt{}}, .metadata = {}};
  payment.fail_time = FromUnixSeconds(seconds);
  return payment;
}

TEST(Intent, M02_LateMoneyIsSupersededOnlyByAPaidSuccessor) {
  const auto late = FailedAt(PurposeKind::kPlan, 100);
  const auto sibling = [](Status status, std::int64_t created) { return std::vector<Sibling>{{status, FromUnixSeconds(created)}}; };
  EXPECT_TRUE(IsSuperseded(late, sibling(Status::kSucceeded, 150)));
  EXPECT_FALSE(IsSuperseded(late, sibling(Status::kPending, 150)));
  EXPECT_FALSE(IsSuperseded(late, sibling(Status::kSucceeded, 50)));                                   // an earlier renewal
  EXPECT_TRUE(IsSuperseded(FailedAt(PurposeKind::kReference, 100), sibling(Status::kSucceeded, 50)));  // bought once
  EXPECT_FALSE(IsSuperseded(late, {}));
}

}  // namespace
}  // namespace quittance::billing::test
