// Rows of one-time tokens that travel by mail. Invariant: one is spent once, by one statement; only the newest of its kind counts.
#pragma once

#include <optional>

#include "common/db/tx.h"

namespace quittance::auth::store {

enum class MailTokenKind { kReset, kMagicLink };

struct MailToken {
  TenantId tenant;
  Uuid id;
  UserId user;
  MailTokenKind kind = MailTokenKind::kReset;
  std::string secret_hash;
  std::optional<std::string> nonce_hash;  // of the browser that asked
  std::string email_index;                // of the address it was sent to
  TimePoint created{};
  TimePoint expires{};
  bool counts = true;  // not used, and the newest of its kind
};

void InsertMailToken(db::Tx& tx, const MailToken& token);
int CountMailTokens(db::Tx& tx, TenantId tenant, UserId user, MailTokenKind kind, TimePoint since);
std::optional<MailToken> FindMailToken(db::Tx& tx, TenantId tenant, const Uuid& id, MailTokenKind kind);
// False: it was used meanwhile.
bool SpendMailToken(db::Tx& tx, const MailToken& token, TimePoint now);

}  // namespace quittance::auth::store
