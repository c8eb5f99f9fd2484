// Rows of sessions and their refresh tokens. Invariant: whoever rotates or revokes holds the session's row lock; a revocation ends the
// active token, leaves a row for the trust poll, all in one transaction.
#pragma once

#include <optional>
#include <vector>

#include "common/core/page.h"
#include "common/db/tx.h"
#include "services/auth/domain/revocation.h"
#include "services/auth/domain/session.h"

namespace quittance::auth::store {

struct StoredToken {
  FamilyToken token;
  SessionId session;
  std::string secret_hash;
};

void InsertSession(db::Tx& tx, const Session& session);
void InsertRefreshToken(db::Tx& tx, const Session& session, const FamilyToken& token, std::string_view secret_hash,
                        std::optional<Uuid> parent, TimePoint now);

std::optional<StoredToken> FindRefreshToken(db::Tx& tx, TenantId tenant, const Uuid& id);
std::optional<Session> LockSession(db::Tx& tx, TenantId tenant, SessionId id);
// Marks the active token used for `successor`, which is inserted next.
void SpendRefreshToken(db::Tx& tx, TenantId tenant, const Uuid& id, const Uuid& successor, TimePoint now);

// The live sessions of a user beyond the newest `keep`, oldest first, locked.
std::vector<Session> LockSessionsBeyond(db::Tx& tx, TenantId tenant, UserId user, int keep, TimePoint now);

// Those that are alive: not revoked, not over, not outdated. Newest first.
struct StoredSession {
  Session session;
  TimePoint used{};
};
std::vector<StoredSession> FindSessions(db::Tx& tx, TenantId tenant, UserId user, const PageRequest& page, TimePoint now);

// For the trust poll.
void InsertRevocation(db::Tx& tx, const Revocation& revocation, const Uuid& id, TimePoint now);

// `reason`: logout, reuse, limit, revoked. The row of the revocation gets `id`. Goes with the user's CredentialsRevoked (SaveUser).
void RevokeSession(db::Tx& tx, const Session& session, std::string_view reason, const Revocation& revocation, const Uuid& id,
                   TimePoint now);

}  // namespace quittance::auth::store
