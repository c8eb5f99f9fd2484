// Rows of identities: which account a subject of an issuer is.
#pragma once

#include <optional>

#include "common/db/tx.h"

namespace quittance::auth::store {

std::optional<UserId> FindIdentity(db::Tx& tx, TenantId tenant, std::string_view subject_index);
// False: the subject is somebody's already.
bool InsertIdentity(db::Tx& tx, TenantId tenant, std::string_view subject_index, UserId user, std::string_view provider, TimePoint now);

}  // namespace quittance::auth::store
