// Rows of payment methods. Invariant: at most one default for a user; a deleted one keeps no token, only what its PSP must still be told.
#pragma once

#include "common/db/tx.h"
#include "services/billing/domain/payment_method.h"
#include "services/billing/store/attempts.h"

namespace quittance::billing::store {

struct NewMethod {
  TenantId tenant;
  PaymentMethod method;
  std::string sealed_token;
  std::string fingerprint;  // 32 bytes
};
// False: the user has this token already.
bool InsertMethod(db::Tx& tx, const NewMethod& method);

struct MethodKey {
  TenantId tenant;
  PaymentMethodId id;
};
std::optional<PaymentMethod> FindMethod(db::Tx& tx, MethodKey key);
std::optional<PaymentMethod> LockMethod(db::Tx& tx, MethodKey key);
std::string SealedToken(db::Tx& tx, MethodKey key);  // of one that is not deleted
// Of a deleted one too, while its PSP is still to be told.
std::optional<std::string> AnyToken(db::Tx& tx, MethodKey key);
std::optional<PaymentMethodId> MethodWith(db::Tx& tx, TenantId tenant, UserId user, const std::string& fingerprint);

struct MethodFilter {
  TenantId tenant;
  std::optional<UserId> user;
};
// Newest first.
std::vector<PaymentMethod> ListMethods(db::Tx& tx, const MethodFilter& filter, const PageRequest& page);
// One at a time for a user: whoever chooses the default sees what the one before chose.
void LockMethodsOf(db::Tx& tx, TenantId tenant, UserId user);
bool HasMethods(db::Tx& tx, TenantId tenant, UserId user);

// This one and no other of its user.
void SetDefaultMethod(db::Tx& tx, MethodKey key, UserId user, TimePoint now);
// The token goes where only the teller looks, due at `tell_at`.
void DeleteMethod(db::Tx& tx, MethodKey key, TimePoint tell_at);

// Deleted ones whose PSP is to be told, leased by their next look (system role).
struct DueTell {
  MethodKey method;
  std::string connection;
  std::string sealed_token;
  int tells = 0;
};
std::vector<DueTell> ClaimTells(db::Tx& tx, TimePoint now, TimePoint again_at, int limit);
// Told, or given up: nothing of the token is left.
void EndTell(db::Tx& tx, MethodKey key);
void SetTell(db::Tx& tx, MethodKey key, TimePoint at);

}  // namespace quittance::billing::store
