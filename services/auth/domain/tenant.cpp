// Rules of a new tenant.
#include "services/auth/domain/tenant.h"

#include <algorithm>

#include "common/core/text.h"
#include "services/auth/domain/locale.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kCodeMin = 2;
constexpr std::size_t kCodeMax = 40;
constexpr std::size_t kTenantNameMax = 100;

// https, and http for a machine of one's own.
Result<std::vector<std::string>> CheckOrigins(std::vector<std::string> origins) {
  if (origins.size() > kOriginsMax) return InvalidField("allowed_origins", "must be 50 at most");
  for (const std::string& origin : origins) {
    const auto parsed = UrlOrigin(origin);
    if (!parsed || *parsed != origin) return InvalidField("allowed_origins", "must be origins such as https://shop.example");
  }
  std::sort(origins.begin(), origins.end());
  origins.erase(std::unique(origins.begin(), origins.end()), origins.end());
  return origins;
}

Result<void> ChangeNames(Tenant& tenant, const TenantChange& change) {
  if (change.display_name) {
    if (const auto name = CheckText(*change.display_name, "display_name", 1, kTenantNameMax); !name) return name.error();
    tenant.display_name = *change.display_name;
  }
  if (change.locale) {
    const auto locale = ParseLocale(*change.locale, tenant.locale, "locale");
    if (!locale) return locale.error();
    tenant.locale = *locale;
  }
  if (change.time_zone) {
    const auto zone = ParseTimeZone(*change.time_zone, "time_zone");
    if (!zone) return zone.error();
    tenant.time_zone = *zone;
  }
  return {};
}

}  // namespace

Result<Tenant> Changed(const Tenant& before, const TenantChange& change, TimePoint now) {
  Tenant after = before;
  if (const auto named = ChangeNames(after, change); !named) return named.error();
  if (change.sign_up_open) after.sign_up_open = *change.sign_up_open;
  if (change.maintenance) after.maintenance = *change.maintenance;
  if (change.allowed_origins) {
    auto origins = CheckOrigins(*change.allowed_origins);
    if (!origins) return origins.error();
    after.allowed_origins = *std::move(origins);
  }
  if (change.calls_per_minute) {
    if (*change.calls_per_minute < 0 || *change.calls_per_minute > kCallsPerMinuteMax) {
      return InvalidField("limits.calls_per_minute", "must be 1 to 1000000, or 0 for the platform's");
    }
    after.calls_per_minute = *change.calls_per_minute == 0 ? std::nullopt : change.calls_per_minute;
  }
  after.version += 1;
  after.updated = now;
  return after;
}

std::string Describe(const Tenant& before, const Tenant& after) {
  std::string names;
  const auto differs = [&](bool is, const char* name) {
    if (is) names += (names.empty() ? "\"" : ",\"") + std::string(name) + "\"";
  };
  differs(before.display_name != after.display_name, "display_name");
  differs(before.locale != after.locale, "locale");
  differs(before.time_zone != after.time_zone, "time_zone");
  differs(before.sign_up_open != after.sign_up_open, after.sign_up_open ? "sign_up_open" : "sign_up_closed");
  differs(before.maintenance != after.maintenance, after.maintenance ? "maintenance_on" : "maintenance_off");
  differs(before.allowed_origins != after.allowed_origins, "allowed_origins");
  differs(before.calls_per_minute != after.calls_per_minute, "calls_per_minute");
  return "{\"changed\":[" + names + "]}";
}

Result<Tenant> MakeTenant(TenantId id, const NewTenant& wanted, TimePoint now) {
  if (const auto code = CheckCode(wanted.code, "code", kCodeMin, kCodeMax); !code) return code.error();
  if (const auto name = CheckText(wanted.display_name, "display_name", 1, kTenantNameMax); !name) return name.error();
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
