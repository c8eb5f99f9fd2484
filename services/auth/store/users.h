// Rows of users, their keys and roles. Invariant: every change of a user raises its version and goes with its event; what is personal is
// stored sealed. The functions run in the tenant's scope (of one user where a user calls).
#pragma once

#include <optional>
#include <span>

#include "common/core/page.h"
#include "common/db/tx.h"
#include "common/events/event.h"
#include "services/auth/domain/user.h"

namespace quittance::auth::store {

struct StoredUser {
  UserFacts facts;
  SealedPersonal personal;
};

// What a login needs, found by the blind index of the address.
struct LoginUser {
  UserFacts facts;
  std::optional<std::string> password_hash;
};

// The unique value that a user could not be made with.
enum class Taken { kNothing, kEmail, kExternalId };

// With key and role. Anything but kNothing: no row was written.
Taken InsertUser(db::Tx& tx, const UserFacts& user, const SealedPersonal& personal, const quittance::events::Event& event);

std::optional<StoredUser> FindUser(db::Tx& tx, TenantId tenant, UserId user);
std::vector<StoredUser> FindUsers(db::Tx& tx, TenantId tenant, std::span<const UserId> users);

// Empty fields filter nothing.
struct UserFilter {
  std::string email_index;
  std::string external_id_index;
};
std::vector<StoredUser> ListUsers(db::Tx& tx, TenantId tenant, const UserFilter& filter, const PageRequest& page);  // by creation
std::optional<std::string> FindUserKey(db::Tx& tx, TenantId tenant, UserId user);
std::optional<LoginUser> FindLogin(db::Tx& tx, TenantId tenant, std::string_view email_index);

std::optional<LoginUser> FindLoginById(db::Tx& tx, TenantId tenant, UserId user);

// FOR UPDATE: the version of a locked user can be drawn.
std::optional<LoginUser> LockUser(db::Tx& tx, TenantId tenant, UserId user);
std::optional<LoginUser> LockLogin(db::Tx& tx, TenantId tenant, std::string_view email_index);

// Writes version, time, status, language and epoch of a locked user whose `version` was raised, with the event that says why.
void SaveUser(db::Tx& tx, const UserFacts& user, const quittance::events::Event& event);
// The same, the address proved, with the password that was sent with the proof's sign-up.
void SaveVerifiedUser(db::Tx& tx, const UserFacts& user, std::string_view password_hash, const quittance::events::Event& event);
// The address is proved by another's word; with the event that goes with it.
void MarkVerified(db::Tx& tx, TenantId tenant, UserId user, TimePoint now);
// Destroys the key and everything personal, secret or given: what is left is the number. With UserErased (SaveUser).
void EraseUser(db::Tx& tx, TenantId tenant, UserId user);
// With the event that goes with it (SaveUser).
void PutPasswordHash(db::Tx& tx, TenantId tenant, UserId user, std::string_view hash);
void PutPhone(db::Tx& tx, TenantId tenant, UserId user, const std::optional<std::string>& sealed);
// Only where the hash is still `old_hash`: a password changed meanwhile wins.
void ReplacePasswordHash(db::Tx& tx, TenantId tenant, UserId user, std::string_view old_hash, std::string_view new_hash);

// Of the user's roles, sorted.
std::vector<std::string> FindUserScopes(db::Tx& tx, TenantId tenant, UserId user);

}  // namespace quittance::auth::store
