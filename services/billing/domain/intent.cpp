// Shape rules of an intent. Invariant: a refusal names the field and the rule, never the value.
#include "services/billing/domain/intent.h"

#include <algorithm>

#include "common/core/text.h"

namespace quittance::billing {
Result<Purpose> ReferencePurpose(std::string_view reference) {
  if (auto ok = CheckText(reference, "reference", 1, kReferenceMax); !ok) return ok.error();
  if (LooksLikeCardNumber(reference)) return CardNumberRefused("reference");
  return Purpose{PurposeKind::kReference, std::string(reference)};
}

Result<Purpose> PlanPurpose(std::string_view plan_code) {
  if (auto ok = CheckCode(plan_code, "plan_code", 2, 64); !ok) return ok.error();
  return Purpose{PurposeKind::kPlan, std::string(plan_code)};
}

Result<void> CheckMetadata(const Metadata& metadata) {
  if (metadata.size() > kMetadataKeysMax)
    return InvalidField("metadata", "must have at most " + std::to_string(kMetadataKeysMax) + " keys");
  for (const auto& [key, value] : metadata) {
    if (auto ok = CheckText(key, "metadata", 1, kMetadataKeyMax); !ok) return ok.error();
    if (auto ok = CheckText(value, "metadata", 0, kMetadataValueMax, true); !ok) return ok.error();
    if (LooksLikeCardNumber(key) || LooksLikeCardNumber(value)) return CardNumberRefused("metadata");
  }
  return {};
}

Result<void> CheckReturnUrl(std::string_view url) {
  if (url.empty()) return {};
  if (auto ok = CheckText(url, "return_url", 1, kReturnUrlMax); !ok) return ok.error();
  if (!UrlOrigin(url)) return InvalidField("return_url", "must be an absolute http or https URL");
  return {};
}

Result<void> CheckConnection(std::string_view connection) {
  if (connection.empty()) return {};
  return CheckCode(connection, "connection", 2, kConnectionMax);
}

Result<void> CheckReturnOrigin(std::string_view url, std::span<const std::string> origins) {
  if (url.empty()) return {};
  const auto origin = UrlOrigin(url);
  if (origin && std::find(origins.begin(), origins.end(), *origin) != origins.end()) return {};
  return Precondition(Reason::kReturnOriginRefused, "the origin of return_url is not among the setting return_origins",
                      {{"field", "return_url"}});
}

Result<Money> PriceOf(const std::optional<Offer>& offer, const std::optional<Money>& named) {
  if (!offer || !offer->active) return Precondition(Reason::kOfferNotFound, "no offer with this code is on sale");
  if (named && !(*named == offer->price)) {
    return Precondition(
        Reason::kAmountMismatch, "the amount is not the offer's price",
        {{"price_minor", std::to_string(offer->price.amount_minor)}, {"price_currency", std::string(offer->price.currency.code())}});
  }
  return offer->price;
}

bool IsSuperseded(const Payment& late, std::span<const Sibling> siblings) {
  return std::any_of(siblings.begin(), siblings.end(), [&](const Sibling& other) {
    if (other.status != Status::kSucceeded) return false;
    return late.purpose.once() || (late.fail_time && other.create_time >= *late.fail_time);
  });
}

}  // namespace quittance::billing
