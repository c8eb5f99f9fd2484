// Domain values to the messages of proto/quittance/auth/v1. Included by events.cpp and api/ alone.
#pragma once

#include "quittance/auth/v1/auth.pb.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "services/auth/domain/factor.h"
#include "services/auth/domain/revocation.h"
#include "services/auth/domain/service_account.h"
#include "services/auth/domain/signing_key.h"
#include "services/auth/domain/tenant.h"
#include "services/auth/domain/user.h"

namespace quittance::auth::wire {

std::string Etag(std::int64_t version);  // AIP-154: with quotes
// Nullopt for what is not a valid timestamp of the years 1 to 9999.
std::optional<TimePoint> ReadTime(const google::protobuf::Timestamp& time);

v1::User ToProto(const User& user);
v1::UserState ToProto(const UserFacts& user);
v1::Tenant ToProto(const Tenant& tenant);
v1::TenantTrust ToTrust(const Tenant& tenant);
v1::SigningKey ToProto(const SigningKey& key);
v1::ServiceAccount ToProto(const ServiceAccount& account);
v1::Factor ToProto(const Factor& factor);
v1::Revocation ToProto(const Revocation& revocation);

}  // namespace quittance::auth::wire
