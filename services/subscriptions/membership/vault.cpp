// The crypto of this service in one place. Purposes and places are part of stored data: they never change.
#include "services/subscriptions/membership/vault.h"

#include "common/crypto/envelope.h"
#include "common/crypto/hmac.h"
#include "common/crypto/random.h"

namespace quittance::subscriptions {
namespace {

constexpr std::string_view kTable = "telegram";  // one place for a value that stands in several tables, beside its index in each
constexpr std::string_view kAccount = "account";
constexpr std::string_view kChat = "chat";
constexpr std::string_view kReplyChat = "reply_chat";

std::string InTenant(TenantId tenant, std::string_view value) { return tenant.uuid.Hex() + ":" + std::string(value); }

std::string SealAt(const crypto::Keyring& keyring, TenantId tenant, std::string_view key, std::string_view column, std::string_view row,
                   std::string_view plain) {
  return crypto::Seal(keyring, key, tenant.ToString(), {tenant, kTable, column, row}, plain);
}

std::string OpenAt(const crypto::Keyring& keyring, TenantId tenant, std::string_view key, std::string_view column, std::string_view row,
                   std::string_view sealed) {
  return crypto::Open(keyring, key, tenant.ToString(), {tenant, kTable, column, row}, sealed);
}

}  // namespace

Vault::Vault(std::shared_ptr<const crypto::Keyring> keyring) : keyring_(std::move(keyring)) {}

Sealed Vault::SealAccount(TenantId tenant, std::string_view tenant_key, std::string_view account) const {
  const std::string index = AccountIndex(tenant, account);
  return {SealAt(*keyring_, tenant, tenant_key, kAccount, index, account), index};
}

Sealed Vault::SealChat(TenantId tenant, std::string_view tenant_key, std::string_view chat) const {
  const std::string index = ChatIndex(tenant, chat);
  return {SealAt(*keyring_, tenant, tenant_key, kChat, index, chat), index};
}

std::string Vault::OpenAccount(TenantId tenant, std::string_view tenant_key, const Sealed& sealed) const {
  return OpenAt(*keyring_, tenant, tenant_key, kAccount, sealed.index, sealed.bytes);
}

std::string Vault::OpenChat(TenantId tenant, std::string_view tenant_key, const Sealed& sealed) const {
  return OpenAt(*keyring_, tenant, tenant_key, kChat, sealed.index, sealed.bytes);
}

std::string Vault::SealReplyChat(TenantId tenant, std::string_view tenant_key, const Uuid& row, std::string_view chat) const {
  return SealAt(*keyring_, tenant, tenant_key, kReplyChat, row.Hex(), chat);
}

std::string Vault::OpenReplyChat(TenantId tenant, std::string_view tenant_key, const Uuid& row, std::string_view sealed) const {
  return OpenAt(*keyring_, tenant, tenant_key, kReplyChat, row.Hex(), sealed);
}

std::string Vault::AccountIndex(TenantId tenant, std::string_view account) const {
  return crypto::BlindIndex(*keyring_, "subscriptions.telegram.account", InTenant(tenant, account));
}

std::string Vault::ChatIndex(TenantId tenant, std::string_view chat) const {
  return crypto::BlindIndex(*keyring_, "subscriptions.telegram.chat", InTenant(tenant, chat));
}

Secret Vault::NewToken() { return Secret(crypto::RandomToken()); }

std::string Vault::HashToken(std::string_view token) { return std::string(crypto::AsView(crypto::Sha256(token))); }

bool Vault::SameSecret(std::string_view a, std::string_view b) { return crypto::ConstantTimeEqual(a, b); }

}  // namespace quittance::subscriptions
