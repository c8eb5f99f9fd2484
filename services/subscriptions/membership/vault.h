// Seals Telegram's ids of people and chats under the tenant's key, finds them again by blind index, makes and hashes start tokens.
// Invariant: a ciphertext opens only in its own tenant, beside its own index or in its own row.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/core/id.h"
#include "common/core/secret.h"
#include "services/subscriptions/domain/sealed.h"

namespace quittance::crypto {
class Keyring;
}

namespace quittance::subscriptions {

class Vault {
 public:
  explicit Vault(std::shared_ptr<const crypto::Keyring> keyring);

  // `tenant_key`: the wrapped key of tenant_keys (settings::TenantKey).
  Sealed SealAccount(TenantId tenant, std::string_view tenant_key, std::string_view account) const;
  Sealed SealChat(TenantId tenant, std::string_view tenant_key, std::string_view chat) const;
  std::string OpenAccount(TenantId tenant, std::string_view tenant_key, const Sealed& sealed) const;
  std::string OpenChat(TenantId tenant, std::string_view tenant_key, const Sealed& sealed) const;
  // Where a person is written to: of one message or join request.
  std::string SealReplyChat(TenantId tenant, std::string_view tenant_key, const Uuid& row, std::string_view chat) const;
  std::string OpenReplyChat(TenantId tenant, std::string_view tenant_key, const Uuid& row, std::string_view sealed) const;

  std::string AccountIndex(TenantId tenant, std::string_view account) const;
  std::string ChatIndex(TenantId tenant, std::string_view chat) const;

  static Secret NewToken();  // 32 random bytes as base64url, what Telegram takes as a start parameter
  static std::string HashToken(std::string_view token);
  static bool SameSecret(std::string_view a, std::string_view b);  // in constant time

  const crypto::Keyring& keyring() const { return *keyring_; }

 private:
  std::shared_ptr<const crypto::Keyring> keyring_;
};

}  // namespace quittance::subscriptions
