// What is known of users: auth's events as a projection. Invariant: a lower version never overwrites a higher one.
#pragma once

#include <span>

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

// How many were news; of the others a version as high is known already. No user may come twice.
int UpsertUsers(db::Tx& tx, std::span<const KnownUser> users);
inline bool UpsertUser(db::Tx& tx, const KnownUser& user) { return UpsertUsers(tx, std::span(&user, 1)) == 1; }
std::optional<KnownUser> FindUser(db::Tx& tx, TenantId tenant, UserId user);

}  // namespace quittance::subscriptions::store
