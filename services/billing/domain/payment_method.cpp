// Rules of payment methods.
#include "services/billing/domain/payment_method.h"

#include <algorithm>

#include "common/core/text.h"

namespace quittance::billing {
namespace {

Result<void> CheckWord(std::string_view word, const char* field, std::size_t max) {
  if (LooksLikeCardNumber(word)) return CardNumberRefused(field);
  return CheckText(word, field, 0, max);
}

}  // namespace

bool IsExpired(const PaymentMethod& method, TimePoint now) {
  if (!method.expiry) return false;
  using namespace std::chrono;
  const auto last = year(method.expiry->year) / month(static_cast<unsigned>(method.expiry->month)) / std::chrono::last;
  return TimePoint(sys_days(last) + days(1)) <= now;
}

Result<void> CheckMethod(std::string_view token, const PaymentMethod& method) {
  if (LooksLikeCardNumber(token)) return CardNumberRefused("token");
  const bool printable = std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (token.empty() || token.size() > kMethodTokenMax || !printable) {
    return InvalidField("token", "must be the PSP's token: 1 to 255 printable ASCII characters without blanks");
  }
  // Nothing but digits of a card's length is no token of any PSP.
  if (token.size() >= 12 && std::all_of(token.begin(), token.end(), [](unsigned char c) { return c >= '0' && c <= '9'; })) {
    return CardNumberRefused("token");
  }
  if (auto ok = CheckWord(method.kind, "kind", kMethodWordMax); !ok) return ok;
  if (auto ok = CheckWord(method.brand, "brand", kMethodWordMax); !ok) return ok;
  const auto& four = method.last_four;
  const bool digits = std::all_of(four.begin(), four.end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
  if (LooksLikeCardNumber(four)) return CardNumberRefused("last_four");
  if (!four.empty() && (four.size() != 4 || !digits)) return InvalidField("last_four", "must be four digits");
  if (method.expiry) {
    if (method.expiry->month < 1 || method.expiry->month > 12) return InvalidField("expiry_month", "must be 1 to 12");
    if (method.expiry->year < 2000 || method.expiry->year > 2100) return InvalidField("expiry_year", "must be 2000 to 2100");
  }
  return {};
}

}  // namespace quittance::billing
