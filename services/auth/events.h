// The events of auth and the replies it stores, made from domain values; protobuf stays in the .cpp.
// Invariant: no address, no phone, no clear token: events are made from UserFacts, hashes and ciphertexts only.
#pragma once

#include "common/core/caller.h"
#include "common/core/secret.h"
#include "common/db/idempotency.h"
#include "common/events/event.h"
#include "services/auth/domain/revocation.h"
#include "services/auth/domain/service_account.h"
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
Event LoginSucceeded(const UserFacts& user, const Mark& mark);
// Key is the tenant: there may be no user. `account_hash`: keyed, daily.
Event LoginFailed(TenantId tenant, const std::string& account_hash, const Mark& mark);
Event CredentialsRevoked(const UserFacts& user, const Revocation& revocation, const Mark& mark);

// Replies as they go over the wire.
db::Reply TenantReply(const Tenant& tenant);
std::string UserReplyBytes(const User& user);  // personal: sealed before it is stored (usecases/user_reply.h)
db::Reply ServiceAccountReply(const ServiceAccount& account, const Secret& secret);

}  // namespace quittance::auth::events
