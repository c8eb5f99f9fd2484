// Rows of proofs of an address. Invariant: they change under their user's row lock only; a proof is spent once, and with it go all the
// others.
#pragma once

#include <optional>

#include "common/db/tx.h"
#include "services/auth/domain/user.h"

namespace quittance::auth::store {

inline constexpr int kEmailTokensPerUserMax = 5;  // live ones: more sign-ups for one address send no more mail

struct EmailToken {
  TenantId tenant;
  Uuid id;
  UserId user;
  std::string secret_hash;
  std::string password_hash;
  TimePoint created{};
  TimePoint expires{};
  bool used = false;
};

// Goes with the user's UserSignedUp, which carries the token sealed for its reader.
void InsertEmailToken(db::Tx& tx, const EmailToken& token);
int CountLiveEmailTokens(db::Tx& tx, TenantId tenant, UserId user, TimePoint now);
std::optional<EmailToken> FindEmailToken(db::Tx& tx, TenantId tenant, const Uuid& id);
// Marks it used and forgets the others of its user.
void SpendEmailToken(db::Tx& tx, const EmailToken& token, TimePoint now);

}  // namespace quittance::auth::store
