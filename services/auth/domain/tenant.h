// A tenant: a customer of the platform.
#pragma once

#include <optional>
#include <string>
#include <vector>

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
  bool maintenance = false;                       // only operators and ingest get through
  std::vector<std::string> allowed_origins = {};  // of browsers; sorted
  std::optional<int> calls_per_minute = {};       // of each service account; none: the platform's
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

inline constexpr std::size_t kOriginsMax = 50;
inline constexpr int kCallsPerMinuteMax = 1'000'000;

// What an operator sets; nothing that is not given changes.
struct TenantChange {
  std::optional<std::string> display_name, locale, time_zone;
  std::optional<bool> sign_up_open, maintenance;
  std::optional<std::vector<std::string>> allowed_origins;
  std::optional<int> calls_per_minute;  // 0: the platform's
};
// Checks every field that is given; version + 1.
Result<Tenant> Changed(const Tenant& before, const TenantChange& change, TimePoint now);
// The fields that differ, as a JSON object.
std::string Describe(const Tenant& before, const Tenant& after);

}  // namespace quittance::auth
