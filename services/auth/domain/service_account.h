// Accounts of machines. Invariant: an account that is disabled or over gives no token, whatever secret is presented.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/id.h"
#include "common/core/time.h"

namespace quittance::auth {

struct ServiceAccount {
  TenantId tenant;
  ServiceAccountId id;
  std::string display_name;
  std::vector<std::string> scopes;  // sorted
  std::optional<TimePoint> expires;
  bool disabled = false;
  bool break_glass = false;  // outlives RevokeAllCredentials
  std::int64_t epoch = 0;
  TimePoint created{};
  std::optional<TimePoint> used = {};  // last exchange, to the minute
};

bool Usable(const ServiceAccount& account, TimePoint now);

// When a token made now expires: 30 min, never after the account.
TimePoint TokenExpiry(const ServiceAccount& account, TimePoint now);

struct NewServiceAccount {
  std::string display_name;
  std::vector<std::string> scopes;
  std::optional<TimePoint> expires;
  bool break_glass = false;
};
// Checks the fields: 1 to 100 characters, at least one scope that exists, an end in the future.
Result<ServiceAccount> MakeServiceAccount(TenantId tenant, ServiceAccountId id, const NewServiceAccount& wanted, TimePoint now);

}  // namespace quittance::auth
