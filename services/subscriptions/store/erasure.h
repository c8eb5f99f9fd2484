// What is personal here: who is who at Telegram. Invariant: an account that is in a channel is kept until Telegram took it out, no longer.
#pragma once

#include "common/db/tx.h"
#include "services/subscriptions/domain/ids.h"

namespace quittance::subscriptions::store {

// Links, link tokens and join requests of the person are gone; how many rows.
int ForgetLinks(db::Tx& tx, TenantId tenant, UserId user);

// Accounts of erased people in memberships that they are no longer in: gone, whose they were is given.
struct ForgottenMember {
  TenantId tenant;
  MembershipId membership;
};
std::vector<ForgottenMember> ForgetAccountsOfErased(db::Tx& tx, int limit);

}  // namespace quittance::subscriptions::store
