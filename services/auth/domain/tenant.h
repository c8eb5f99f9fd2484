// A tenant: a customer of the platform.
#pragma once

#include <string>

#include "common/core/id.h"
#include "common/core/time.h"

namespace quittance::auth {

// The platform's own tenant, made by bootstrap: operators of the platform and our processes live in it.
inline constexpr std::string_view kPlatformTenantCode = "platform";

struct Tenant {
  TenantId id;
  std::string code;
  std::string display_name;
  std::string locale;
  std::string time_zone;
  bool sign_up_open = true;
  std::int64_t epoch = 0;
  std::int64_t version = 1;
  TimePoint created{};
  TimePoint updated{};
};

// Checks every field of a new one; empty locale is fr, empty time zone UTC.
struct NewTenant {
  std::string code, display_name, locale, time_zone;
};
Result<Tenant> MakeTenant(TenantId id, const NewTenant& wanted, TimePoint now);

}  // namespace quittance::auth
