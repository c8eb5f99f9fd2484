// Bootstrap: the platform's tenant, the first tenant, their operators, an account for each of our processes, and the first signing key.
// Once.
#pragma once

#include <functional>

#include "services/auth/deps.h"
#include "services/auth/domain/tenant.h"

namespace quittance::auth {

struct BootstrapAccount {
  std::string name;  // platform, operator, billing, subscriptions, notifications, ingress
  ServiceAccountId id;
  Secret secret;
};

// Keeps the secrets safe; called inside the transaction, before its commit: what was not kept does not exist. Throws when it cannot.
using KeepAccounts = std::function<void(const std::vector<BootstrapAccount>&)>;

// False: it was done before, nothing changed.
Task<Result<bool>> Bootstrap(Deps& deps, NewTenant first_tenant, KeepAccounts keep);

}  // namespace quittance::auth
