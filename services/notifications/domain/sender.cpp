// Rules of settings. None echoes the value.
#include "services/notifications/domain/sender.h"

#include "common/core/text.h"

namespace quittance::notifications {
namespace {

constexpr std::size_t kAddressMax = 254;
constexpr std::size_t kLineMax = 200;

bool IsPlain(char c) { return c > ' ' && c < 0x7F && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos; }

}  // namespace

std::optional<std::string> CheckAddressSetting(std::string_view value) {
  const std::size_t at = value.find('@');
  bool good = value.size() <= kAddressMax && at != std::string_view::npos && at > 0 && at + 1 < value.size() &&
              value.find('@', at + 1) == std::string_view::npos;
  for (const char c : value) good = good && IsPlain(c);
  if (good) return std::nullopt;
  return "must be a mail address";
}

std::optional<std::string> CheckLineSetting(std::string_view value) {
  if (CheckText(value, "value", 1, kLineMax)) return std::nullopt;
  return "must be one line of 1 to 200 characters";
}

std::optional<std::string> CheckBaseUrlSetting(std::string_view value) {
  if (value.size() <= kLineMax && UrlOrigin(value) && value.find_first_of("?#") == std::string_view::npos) return std::nullopt;
  return "must be an absolute URL without query, such as https://shop.example";
}

std::string DomainOf(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string() : std::string(address.substr(at + 1));
}

}  // namespace quittance::notifications
