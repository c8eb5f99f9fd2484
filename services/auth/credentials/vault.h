// What auth seals and how it finds sealed things again: personal data under each user's key, signing keys under the keyring,
// one-time tokens under the keyring that notifications shares. Invariant: a ciphertext opens only in its own tenant, table, column and row.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/core/id.h"
#include "common/core/secret.h"
#include "common/core/time.h"
#include "services/auth/domain/user.h"

namespace quittance::crypto {
class Keyring;
}

namespace quittance::auth {

class Vault {
 public:
  // `keyring`: this service's own; `token_keyring`: shared with notifications, for one-time tokens in events.
  Vault(std::shared_ptr<const crypto::Keyring> keyring, std::shared_ptr<const crypto::Keyring> token_keyring);

  // Under a fresh key of this user.
  SealedPersonal SealPersonal(TenantId tenant, UserId user, const Personal& personal) const;
  Personal OpenPersonal(TenantId tenant, UserId user, const SealedPersonal& sealed) const;

  // Further things of one user, under the same key (stored replies).
  std::string SealForUser(TenantId tenant, UserId user, std::string_view wrapped_key, std::string_view column,
                          std::string_view plain) const;
  std::string OpenForUser(TenantId tenant, UserId user, std::string_view wrapped_key, std::string_view column,
                          std::string_view sealed) const;

  // Keyed hashes: equal in one tenant, unrelated in two.
  std::string EmailIndex(TenantId tenant, std::string_view email) const;
  std::string ExternalIdIndex(TenantId tenant, std::string_view external_id) const;
  std::string SubjectIndex(TenantId tenant, std::string_view issuer, std::string_view subject) const;
  // For LoginFailed, in hexadecimal: one address is the same hash for a day.
  std::string AccountHash(TenantId tenant, std::string_view email, TimePoint now) const;

  std::string SealSigningKey(std::string_view kid, const Secret& private_key) const;
  Secret OpenSigningKey(std::string_view kid, std::string_view sealed) const;

  // Buckets of login_throttles: `kind` keeps addresses, devices and clients apart.
  std::string ThrottleBucket(TenantId tenant, std::string_view kind, std::string_view value) const;

  // Of a normalized recovery code.
  std::string RecoveryCodeHash(UserId user, std::string_view code) const;

  // Of a code by SMS, beside its row.
  std::string SmsCodeHash(const Uuid& row, std::string_view code) const;
  static bool SameHash(std::string_view a, std::string_view b);  // in constant time

  // Opened by notifications with the context "quittance.auth.v1.<event>:usr_…".
  std::string SealTokenForMail(std::string_view event, UserId user, std::string_view token) const;

  // HMAC(server key, parent secret, successor id): the successor of a refresh token needs no stored plaintext.
  std::string SuccessorSecret(std::string_view parent_secret, const Uuid& successor) const;

 private:
  std::shared_ptr<const crypto::Keyring> keyring_;
  std::shared_ptr<const crypto::Keyring> token_keyring_;
};

}  // namespace quittance::auth
