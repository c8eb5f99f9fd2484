// Everything a use case of auth may touch besides its arguments.
#pragma once

#include <functional>

#include "common/core/clock.h"
#include "common/core/uuid.h"
#include "common/db/database.h"
#include "common/erasure/ledger.h"
#include "services/auth/credentials/password_hasher.h"
#include "services/auth/credentials/signer.h"
#include "services/auth/credentials/tokens.h"
#include "services/auth/credentials/vault.h"
#include "services/auth/issuers/issuers.h"

namespace quittance::auth {

// An issuer of id tokens that a tenant trusts, with its keys of now.
struct TrustedIssuer {
  std::string issuer;
  std::vector<std::string> client_ids;
  IssuerKeys keys;
};
// By the provider's name in the tenant's settings; `kid` is the key that is looked for. CREDENTIALS_INVALID for a provider that is not set.
using FindIssuer = std::function<Task<Result<TrustedIssuer>>(TenantId, std::string provider, std::string kid)>;

struct Deps {
  db::Database& db;      // application role: sees the scope of each transaction
  db::Database& system;  // system role: signing keys, look-ups that cross tenants (client ids, trust), purges
  const Clock& clock;
  IdGenerator& ids;
  PasswordHasher& passwords;
  const Vault& vault;
  Signer& signer;
  FindIssuer trusted_issuer = nullptr;
  erasure::Ledger* ledger = nullptr;  // none where it is not configured
};

}  // namespace quittance::auth
