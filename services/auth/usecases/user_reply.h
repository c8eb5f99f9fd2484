// Replies that show a person, as they are stored under an idempotency key: sealed under that person's own key.
// Invariant: the fresh answer is read from the same bytes as a replay, so both are equal; destroying the key destroys the stored replies.
#pragma once

#include "services/auth/deps.h"
#include "services/auth/domain/user.h"

namespace quittance::auth {

db::Reply SealUserReply(const Vault& vault, const User& user, std::string_view wrapped_key);

// Of the user as the transaction sees it now.
db::Reply UserReplyOf(Deps& deps, db::Tx& tx, TenantId tenant, UserId user);

// USER_UNKNOWN when the person was erased since.
Task<Result<db::Reply>> OpenUserReply(Deps& deps, TenantId tenant, db::Reply stored);

}  // namespace quittance::auth
