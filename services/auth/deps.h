// Everything a use case of auth may touch besides its arguments.
#pragma once

#include "common/core/clock.h"
#include "common/core/uuid.h"
#include "common/db/database.h"
#include "services/auth/credentials/password_hasher.h"
#include "services/auth/credentials/signer.h"
#include "services/auth/credentials/tokens.h"
#include "services/auth/credentials/vault.h"

namespace quittance::auth {

struct Deps {
  db::Database& db;      // application role: sees the scope of each transaction
  db::Database& system;  // system role: signing keys, look-ups that cross tenants (client ids, trust), purges
  const Clock& clock;
  IdGenerator& ids;
  PasswordHasher& passwords;
  const Vault& vault;
  Signer& signer;
};

}  // namespace quittance::auth
