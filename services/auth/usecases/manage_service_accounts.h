// Accounts of machines after they were made: a second secret for a rotation, an end, a list.
// Invariant: at most two secrets of one account are alive; a disabled account gives no token and those it gave are outdated.
#pragma once

#include "common/core/caller.h"
#include "common/core/page.h"
#include "services/auth/deps.h"
#include "services/auth/domain/service_account.h"

namespace quittance::auth {

inline constexpr Duration kOverlapDefault = std::chrono::hours(24);
inline constexpr Duration kOverlapMax = std::chrono::days(30);

struct ServiceAccountCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string client_id;
  std::int64_t overlap_seconds = 0;  // how long the secret before still works; 0: a day
};
// The new secret is in the reply: sealed, and replayed for 10 minutes.
Task<Result<db::Reply>> RotateServiceAccountSecret(Deps& deps, ServiceAccountCommand command);
Task<Result<db::Reply>> DisableServiceAccount(Deps& deps, ServiceAccountCommand command);

struct ServiceAccountList {
  std::vector<ServiceAccount> accounts;  // by creation
  std::string next_page_token;
};
struct ListServiceAccountsQuery {
  Caller caller;
  std::int32_t page_size = 0;
  std::string page_token;
};
Task<Result<ServiceAccountList>> ListServiceAccounts(Deps& deps, ListServiceAccountsQuery query);

}  // namespace quittance::auth
