// GetUser: the owner is part of the query, not a check after it.
#include "services/auth/usecases/get_user.h"

#include "services/auth/domain/scopes.h"
#include "services/auth/store/users.h"

namespace quittance::auth {
namespace {

// Our processes live in the platform's tenant and name the one they ask about; everybody else has one tenant.
Result<TenantId> TenantAskedAbout(const Caller& caller, const std::string& requested) {
  if (caller.HasScope(kScopePlatformService)) return TenantId::Parse(requested, "tenant_id");
  if (!requested.empty() && requested != caller.tenant.ToString()) return PermissionDenied();
  return caller.tenant;
}

}  // namespace

Task<Result<User>> GetUser(Deps& deps, GetUserQuery query) {
  const auto tenant = TenantAskedAbout(query.caller, query.tenant_id);
  if (!tenant) co_return tenant.error();
  const auto user = ActOn(query.caller, query.user_id, "user_id");
  if (!user) co_return user.error();
  const db::Scope scope = query.caller.tenant_wide ? db::Scope::Of(*tenant) : db::Scope::Of(*tenant, *user);
  const auto stored = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return store::FindUser(tx, *tenant, *user); });
  if (!stored) co_return Missing(query.caller, "user_id");
  co_return User{stored->facts, deps.vault.OpenPersonal(*tenant, *user, stored->personal)};
}

}  // namespace quittance::auth
