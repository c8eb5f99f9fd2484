// What is known of users: auth's events as a projection. Invariant: a lower version never overwrites a higher one.
#pragma once

#include "common/db/tx.h"

namespace quittance::subscriptions {

struct KnownUser {
  TenantId tenant;
  UserId user;
  std::string locale;  // fr or en
  std::string status;  // active, frozen, erased
  std::int64_t version = 0;
};

}  // namespace quittance::subscriptions

namespace quittance::subscriptions::store {

// False: a version as high is known already.
bool UpsertUser(db::Tx& tx, const KnownUser& user);
std::optional<KnownUser> FindUser(db::Tx& tx, TenantId tenant, UserId user);

}  // namespace quittance::subscriptions::store
