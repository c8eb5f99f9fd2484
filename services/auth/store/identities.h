// Rows of identities: which account a subject of an issuer is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/db/tx.h"

namespace quittance::auth::store {

std::optional<UserId> FindIdentity(db::Tx& tx, TenantId tenant, std::string_view subject_index);
struct Identity {
  std::string provider;
  TimePoint created{};
};
// Of one account, oldest first.
std::vector<Identity> FindIdentities(db::Tx& tx, TenantId tenant, UserId user);
// False: the subject is somebody's already.
bool InsertIdentity(db::Tx& tx, TenantId tenant, std::string_view subject_index, UserId user, std::string_view provider, TimePoint now);

}  // namespace quittance::auth::store
