// Rules of a new tenant.
#include "services/auth/domain/tenant.h"

#include "common/core/text.h"
#include "services/auth/domain/locale.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kCodeMin = 2;
constexpr std::size_t kCodeMax = 40;
constexpr std::size_t kDisplayNameMax = 100;

}  // namespace

Result<Tenant> MakeTenant(TenantId id, const NewTenant& wanted, TimePoint now) {
  if (const auto code = CheckCode(wanted.code, "code", kCodeMin, kCodeMax); !code) return code.error();
  if (const auto name = CheckText(wanted.display_name, "display_name", 1, kDisplayNameMax); !name) return name.error();
  const auto locale = ParseLocale(wanted.locale, "fr", "locale");
  if (!locale) return locale.error();
  const auto zone = ParseTimeZone(wanted.time_zone, "time_zone");
  if (!zone) return zone.error();
  return Tenant{.id = id,
                .code = wanted.code,
                .display_name = wanted.display_name,
                .locale = *locale,
                .time_zone = *zone,
                .created = now,
                .updated = now};
}

}  // namespace quittance::auth
