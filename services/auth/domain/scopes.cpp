// The list of scopes and the default roles.
#include "services/auth/domain/scopes.h"

#include <algorithm>
#include <array>

namespace quittance::auth {
namespace {

constexpr std::array<std::string_view, 17> kTenantScopes = {
    "audit:read",     "auth:admin",     "auth:read",           "auth:write",         "billing:admin",       "billing:read",
    "billing:refund", "billing:write",  "notifications:admin", "notifications:read", "notifications:write", "settings:approve",
    "settings:read",  "settings:write", "subscriptions:admin", "subscriptions:read", "subscriptions:write"};
constexpr std::array<std::string_view, 3> kPlatformScopes = {kScopePlatformAdmin, kScopePlatformService, kScopeWebhooksIngest};
static_assert(std::is_sorted(kTenantScopes.begin(), kTenantScopes.end()));

bool IsTenantScope(std::string_view scope) { return std::binary_search(kTenantScopes.begin(), kTenantScopes.end(), scope); }

bool Contains(std::span<const std::string> scopes, std::string_view scope) {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

}  // namespace

std::span<const std::string_view> TenantScopes() { return kTenantScopes; }

bool IsKnownScope(std::string_view scope) {
  return IsTenantScope(scope) || std::find(kPlatformScopes.begin(), kPlatformScopes.end(), scope) != kPlatformScopes.end();
}

bool MayGrant(std::span<const std::string> wanted, std::span<const std::string> held, bool platform_operator) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const std::string& scope) { return IsTenantScope(scope) && (platform_operator || Contains(held, scope)); });
}

Result<std::vector<std::string>> ParseScopes(std::span<const std::string> scopes, std::string_view field) {
  std::vector<std::string> sorted(scopes.begin(), scopes.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  if (!std::all_of(sorted.begin(), sorted.end(), IsKnownScope)) return InvalidField(std::string(field), "must be scopes of Quittance");
  return sorted;
}

std::vector<std::string> SplitScopes(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    if (blank != 0) words.emplace_back(text.substr(0, blank));
    if (blank == std::string_view::npos) break;
    text.remove_prefix(blank + 1);
  }
  return words;
}

std::string JoinScopes(std::span<const std::string> scopes) {
  std::string text;
  for (const std::string& scope : scopes) text += (text.empty() ? "" : " ") + scope;
  return text;
}

std::vector<std::string> CommonScopes(std::span<const std::string> a, std::span<const std::string> b) {
  std::vector<std::string> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}

std::vector<RoleDefault> DefaultRoles() {
  return {{kRoleUser, {}},
          {"creator", {}},
          {"moderator", {"auth:read", "billing:read", "notifications:read", "subscriptions:read"}},
          {kRoleAdmin, {kTenantScopes.begin(), kTenantScopes.end()}}};
}

}  // namespace quittance::auth
