// Revocations as auth's events tell them, kept in this service's own database for all of its processes: the second path beside PollTrust.
// Invariant: the cursor is the oldest transaction that was still running, so a row that commits late comes with the next read.
#pragma once

#include <string>
#include <vector>

#include "common/core/uuid.h"
#include "common/db/tx.h"
#include "common/rpc/trust.h"

namespace quittance::rpc {

// The effect of one CredentialsRevoked, in its consumer's transaction; throws where `data` is not one. Forgets what is over.
void HearRevocation(db::Tx& tx, const Uuid& event, TenantId tenant, std::string_view data, TimePoint now);

struct HeardRevocations {
  std::string cursor;  // for the next read
  std::vector<RevocationInfo> revocations;
};
HeardRevocations FindHeardRevocations(db::Tx& tx, const std::string& cursor, TimePoint now);

}  // namespace quittance::rpc
