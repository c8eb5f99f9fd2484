// Scopes: the words that open methods, and what the default roles hold. Invariant: a tenant's account never holds a scope of the platform.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"

namespace quittance::auth {

inline constexpr std::string_view kScopePlatformAdmin = "platform:admin";
inline constexpr std::string_view kScopePlatformService = "platform:service";
inline constexpr std::string_view kScopeWebhooksIngest = "webhooks:ingest";

// Every scope an account of a tenant may hold, sorted.
std::span<const std::string_view> TenantScopes();

// Whether somebody who holds `held` may give `wanted` to an account of a tenant: a part of their own, and never a scope of the platform.
bool MayGrant(std::span<const std::string> wanted, std::span<const std::string> held, bool platform_operator);

bool IsKnownScope(std::string_view scope);

// Sorted, no doubles; INVALID_ARGUMENT for one that does not exist.
Result<std::vector<std::string>> ParseScopes(std::span<const std::string> scopes, std::string_view field);

// Words separated by single blanks, as in a token request and in the claim.
std::vector<std::string> SplitScopes(std::string_view text);
std::string JoinScopes(std::span<const std::string> scopes);

// Of two sorted lists.
std::vector<std::string> CommonScopes(std::span<const std::string> a, std::span<const std::string> b);

struct RoleDefault {
  std::string_view role;
  std::vector<std::string_view> scopes;
};

inline constexpr std::string_view kRoleUser = "user";
inline constexpr std::string_view kRoleAdmin = "admin";

// user and creator reach what is their own; moderator reads; admin holds all of the tenant.
std::vector<RoleDefault> DefaultRoles();

}  // namespace quittance::auth
