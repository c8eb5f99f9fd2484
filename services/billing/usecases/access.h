// What a caller may see: users their own rows, tenant-wide callers the tenant's.
#pragma once

#include "common/core/caller.h"
#include "common/db/tx.h"

namespace quittance::billing {

inline db::Scope ScopeOf(const Caller& caller) {
  return caller.user && !caller.tenant_wide ? db::Scope::Of(caller.tenant, *caller.user) : db::Scope::Of(caller.tenant);
}

}  // namespace quittance::billing
