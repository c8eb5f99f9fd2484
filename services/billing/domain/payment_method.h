// A payer's way to pay, kept at a PSP and known here by the PSP's token. Invariant: nothing that looks like a card number is ever taken.
#pragma once

#include "common/core/secret.h"
#include "services/billing/domain/payment.h"

namespace quittance::billing {

inline constexpr std::size_t kMethodTokenMax = 255;
inline constexpr std::size_t kMethodWordMax = 40;  // kind, brand

// Card months end with their last day, in UTC.
struct Expiry {
  int year = 0;
  int month = 0;

  bool operator==(const Expiry&) const = default;
};

struct PaymentMethod {
  PaymentMethodId id;
  UserId user;
  std::string connection;
  std::string psp;
  std::string kind;   // card, sepa_debit, wallet, …
  std::string brand;  // as the PSP names it
  std::string last_four;
  std::optional<Expiry> expiry;
  bool is_default = false;
  TimePoint create_time{};
  TimePoint update_time{};
};

bool IsExpired(const PaymentMethod& method, TimePoint now);

// Token, words, digits and month, each named by its field; CARD_NUMBER_REFUSED for what looks like a card number anywhere.
Result<void> CheckMethod(std::string_view token, const PaymentMethod& method);

}  // namespace quittance::billing
