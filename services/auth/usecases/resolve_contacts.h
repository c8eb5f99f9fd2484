// ResolveContacts: addresses at the moment of sending, for notifications alone.
#pragma once

#include "services/auth/deps.h"
#include "services/auth/domain/user.h"

namespace quittance::auth {

inline constexpr std::size_t kContactsMax = 200;

struct Contact {
  UserFacts facts;
  Personal personal;
  std::string time_zone;
};

struct ResolveContactsQuery {
  std::string tenant_id;
  std::vector<std::string> user_ids;
};

// Those that exist, in no order.
Task<Result<std::vector<Contact>>> ResolveContacts(Deps& deps, ResolveContactsQuery query);

}  // namespace quittance::auth
