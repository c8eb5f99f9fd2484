// The events of auth and the replies it stores, made from domain values; protobuf stays in the .cpp.
// Invariant: no address, no phone, no clear token: events are made from UserFacts, hashes and ciphertexts only.
#pragma once

#include "common/core/caller.h"
#include "common/core/secret.h"
#include "common/db/idempotency.h"
#include "common/events/event.h"
#include "services/auth/domain/factor.h"
#include "services/auth/domain/revocation.h"
#include "services/auth/domain/service_account.h"
#include "services/auth/domain/signing_key.h"
#include "services/auth/domain/tenant.h"
#include "services/auth/domain/user.h"

namespace quittance::auth::events {

using quittance::events::Event;

// What every event has besides its message.
struct Mark {
  Uuid id;
  TimePoint time;
  std::string traceparent;
};

// `sealed_token`: for notifications alone (Vault::SealTokenForMail).
Event UserSignedUp(const UserFacts& user, const std::string& sealed_token, TimePoint expires, const Mark& mark);
Event UserCreated(const UserFacts& user, const Mark& mark);
Event UserVerified(const UserFacts& user, const Mark& mark);
// `change`: totp_added, totp_removed, recovery_codes_generated, …
Event FactorChanged(const UserFacts& user, const std::string& change, const Mark& mark);
Event PasswordResetRequested(const UserFacts& user, const std::string& sealed_token, TimePoint expires, const Mark& mark);
Event MagicLinkRequested(const UserFacts& user, const std::string& sealed_token, TimePoint expires, const Mark& mark);
Event MfaCodeRequested(const UserFacts& user, const std::string& sealed_token, TimePoint expires, const Mark& mark);
Event UserErased(const UserFacts& user, const Mark& mark);
Event PasswordChanged(const UserFacts& user, const Mark& mark);
Event UserUpdated(const UserFacts& user, const Mark& mark);
Event UserFrozen(const UserFacts& user, const Mark& mark);
Event UserUnfrozen(const UserFacts& user, const Mark& mark);
Event RolesChanged(const UserFacts& user, const Mark& mark);
// Another device than before.
Event NewDeviceSeen(const UserFacts& user, const Mark& mark);
// Too many failures; by itself open again at `until`.
Event AccountLocked(const UserFacts& user, TimePoint until, const Mark& mark);
Event LoginSucceeded(const UserFacts& user, const Mark& mark);
// Key is the tenant: there may be no user. `account_hash`: keyed, daily.
Event LoginFailed(TenantId tenant, const std::string& account_hash, const Mark& mark);
// Of a whole tenant, and of a machine: the key is theirs.
Event CredentialsRevoked(const Tenant& tenant, const Revocation& revocation, const Mark& mark);
Event CredentialsRevoked(const ServiceAccount& account, const Revocation& revocation, const Mark& mark);
Event CredentialsRevoked(const UserFacts& user, const Revocation& revocation, const Mark& mark);

// Replies as they go over the wire. Those with a secret keep it apart, to be sealed.
db::Reply TenantReply(const Tenant& tenant);
std::string UserReplyBytes(const User& user);  // personal: sealed before it is stored (usecases/user_reply.h)
std::string EtagOf(std::int64_t version);
db::Reply EmptyReply();
db::Reply RoleReply(const std::string& role, const std::vector<std::string>& scopes, bool builtin);
db::Reply SigningKeyReply(const SigningKey& key);
db::Reply RevokeAllReply(int service_accounts);
db::Reply ServiceAccountStateReply(const ServiceAccount& account);
db::Reply SecretReply(const ServiceAccount& account, const Secret& secret);
db::Reply FactorReply(const Factor& factor);
db::Reply TotpReply(FactorId factor, const Secret& key, const Secret& uri);
db::Reply SmsReply(FactorId factor, const std::string& phone_hint);
db::Reply RecoveryCodesReply(const std::vector<Secret>& codes);
db::Reply ServiceAccountReply(const ServiceAccount& account, const Secret& secret);

}  // namespace quittance::auth::events
