// What a caller may ask for when it opens a payment: shape rules that need no look-up.
#pragma once

#include <span>

#include "services/billing/domain/payment.h"

namespace quittance::billing {

inline constexpr std::size_t kReferenceMax = 128;
inline constexpr std::size_t kMetadataKeysMax = 50;
inline constexpr std::size_t kMetadataKeyMax = 40;
inline constexpr std::size_t kMetadataValueMax = 500;
inline constexpr std::size_t kReturnUrlMax = 2048;
inline constexpr std::size_t kConnectionMax = 40;

using Metadata = std::vector<std::pair<std::string, std::string>>;

// A backend's own reference: 1 to 128 characters that do not look like a card number.
Result<Purpose> ReferencePurpose(std::string_view reference);
Result<Purpose> PlanPurpose(std::string_view plan_code);
Result<void> CheckMetadata(const Metadata& metadata);
// Absolute http(s) URL or empty.
Result<void> CheckReturnUrl(std::string_view url);
// Name of a connection or empty.
Result<void> CheckConnection(std::string_view connection);
// RETURN_ORIGIN_REFUSED unless the URL's origin is on the tenant's list.
Result<void> CheckReturnOrigin(std::string_view url, std::span<const std::string> origins);

// What an offer costs, as billing knows it from subscriptions' events.
struct Offer {
  std::string code;
  std::string id;  // plan_…, the event key
  Money price;
  bool active = true;
  std::int64_t version = 0;
};

// The price of a plan: AMOUNT_MISMATCH when the caller named another, OFFER_NOT_FOUND when it is not on sale.
Result<Money> PriceOf(const std::optional<Offer>& offer, const std::optional<Money>& named);

// Late money for `late` is superseded when another intent of the same purchase took its place: one that was made after `late` had failed
// and is paid; or, for what is bought once, any that is paid.
struct Sibling {
  Status status;
  TimePoint create_time;
};
bool IsSuperseded(const Payment& late, std::span<const Sibling> siblings);

}  // namespace quittance::billing
