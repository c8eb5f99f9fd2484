// What a caller may name and see. Invariant: a user cannot tell somebody else's thing from one that does not exist.
#include "common/core/caller.h"

#include <algorithm>

namespace quittance {

bool Caller::HasScope(std::string_view scope) const { return std::find(scopes.begin(), scopes.end(), scope) != scopes.end(); }

Error Missing(const Caller& caller, std::string_view field) {
  return caller.tenant_wide ? NotFound(std::string(field)) : PermissionDenied();
}

Result<UserId> ActOn(const Caller& caller, std::string_view requested, std::string_view field) {
  if (caller.tenant_wide) return UserId::Parse(requested, field);
  if (!caller.user) return PermissionDenied();
  if (requested.empty()) return *caller.user;
  auto named = UserId::Parse(requested, field);
  if (!named) return named.error();
  if (*named != *caller.user) return PermissionDenied();
  return *caller.user;
}

}  // namespace quittance
