// Where each thing is sealed to, and what each keyed hash is for. The purposes are part of stored data: they never change.
#include "services/auth/credentials/vault.h"

#include "common/crypto/envelope.h"
#include "common/crypto/hmac.h"
#include "services/auth/domain/contact.h"

namespace quittance::auth {
namespace {

constexpr std::string_view kUsersTable = "users";

crypto::Place PlaceOf(TenantId tenant, std::string_view column, const std::string& row) { return {tenant, kUsersTable, column, row}; }

std::string InTenant(TenantId tenant, std::string_view value) { return tenant.uuid.Hex() + ":" + std::string(value); }

}  // namespace

Vault::Vault(std::shared_ptr<const crypto::Keyring> keyring, std::shared_ptr<const crypto::Keyring> token_keyring)
    : keyring_(std::move(keyring)), token_keyring_(std::move(token_keyring)) {}

SealedPersonal Vault::SealPersonal(TenantId tenant, UserId user, const Personal& personal) const {
  SealedPersonal sealed{.wrapped_key = crypto::NewDataKey(*keyring_, user.ToString()),
                        .email = {},
                        .phone = {},
                        .external_id = {},
                        .email_index = {},
                        .external_id_index = {}};
  const auto seal = [&](std::string_view column, const std::string& plain) {
    return SealForUser(tenant, user, sealed.wrapped_key, column, plain);
  };
  if (!personal.email.empty()) {
    sealed.email = seal("email", personal.email);
    sealed.email_index = EmailIndex(tenant, personal.email);
  }
  if (!personal.phone.empty()) sealed.phone = seal("phone", personal.phone);
  if (!personal.external_id.empty()) {
    sealed.external_id = seal("external_id", personal.external_id);
    sealed.external_id_index = ExternalIdIndex(tenant, personal.external_id);
  }
  return sealed;
}

Personal Vault::OpenPersonal(TenantId tenant, UserId user, const SealedPersonal& sealed) const {
  const auto open = [&](std::string_view column, const std::optional<std::string>& bytes) {
    return bytes ? OpenForUser(tenant, user, sealed.wrapped_key, column, *bytes) : std::string();
  };
  return {
      .email = open("email", sealed.email), .phone = open("phone", sealed.phone), .external_id = open("external_id", sealed.external_id)};
}

std::string Vault::SealForUser(TenantId tenant, UserId user, std::string_view wrapped_key, std::string_view column,
                               std::string_view plain) const {
  const std::string owner = user.ToString();
  return crypto::Seal(*keyring_, wrapped_key, owner, PlaceOf(tenant, column, owner), plain);
}

std::string Vault::OpenForUser(TenantId tenant, UserId user, std::string_view wrapped_key, std::string_view column,
                               std::string_view sealed) const {
  const std::string owner = user.ToString();
  return crypto::Open(*keyring_, wrapped_key, owner, PlaceOf(tenant, column, owner), sealed);
}

std::string Vault::EmailIndex(TenantId tenant, std::string_view email) const {
  return crypto::BlindIndex(*keyring_, "auth.users.email", InTenant(tenant, NormalizedEmail(email)));
}

std::string Vault::SubjectIndex(TenantId tenant, std::string_view issuer, std::string_view subject) const {
  return crypto::BlindIndex(*keyring_, "auth.identities.subject", InTenant(tenant, std::string(issuer) + " " + std::string(subject)));
}

std::string Vault::ExternalIdIndex(TenantId tenant, std::string_view external_id) const {
  return crypto::BlindIndex(*keyring_, "auth.users.external_id", InTenant(tenant, external_id));
}

std::string Vault::AccountHash(TenantId tenant, std::string_view email, TimePoint now) const {
  const std::int64_t day = UnixSeconds(now) / 86'400;
  const std::string purpose = "auth.account_hash." + std::to_string(day);
  return crypto::Hex(std::string_view(crypto::BlindIndex(*keyring_, purpose, InTenant(tenant, NormalizedEmail(email)))));
}

std::string Vault::SealSigningKey(std::string_view kid, const Secret& private_key) const {
  return crypto::SealWhole(*keyring_, "auth.signing_keys:" + std::string(kid), private_key.Reveal());
}

Secret Vault::OpenSigningKey(std::string_view kid, std::string_view sealed) const {
  return Secret(crypto::OpenWhole(*keyring_, "auth.signing_keys:" + std::string(kid), sealed));
}

std::string Vault::ThrottleBucket(TenantId tenant, std::string_view kind, std::string_view value) const {
  return crypto::BlindIndex(*keyring_, "auth.login_throttles." + std::string(kind), InTenant(tenant, value));
}

std::string Vault::RecoveryCodeHash(UserId user, std::string_view code) const {
  return crypto::BlindIndex(*keyring_, "auth.recovery_codes", user.uuid.Hex() + ":" + std::string(code));
}

std::string Vault::SealTokenForMail(std::string_view event, UserId user, std::string_view token) const {
  return crypto::SealWhole(*token_keyring_, "quittance.auth.v1." + std::string(event) + ":" + user.ToString(), token);
}

std::string Vault::SmsCodeHash(const Uuid& row, std::string_view code) const {
  return crypto::BlindIndex(*keyring_, "auth.sms_codes", row.Hex() + ":" + std::string(code));
}

bool Vault::SameHash(std::string_view a, std::string_view b) { return crypto::ConstantTimeEqual(a, b); }

std::string Vault::SuccessorSecret(std::string_view parent_secret, const Uuid& successor) const {
  return crypto::BlindIndex(*keyring_, "auth.refresh_tokens.successor", std::string(parent_secret) + successor.Hex());
}

}  // namespace quittance::auth
