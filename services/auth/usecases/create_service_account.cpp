// CreateServiceAccount: nobody gives more than they hold; operators of the platform give any scope of a tenant, never one of the platform.
#include "services/auth/usecases/create_service_account.h"

#include "common/audit/audit.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/events.h"
#include "services/auth/store/service_accounts.h"
#include "services/auth/store/tenants.h"

namespace quittance::auth {
namespace {

Task<Result<TenantId>> TenantMadeIn(Deps& deps, const CreateServiceAccountCommand& command, bool platform_operator) {
  if (command.tenant.empty()) co_return command.caller.tenant;
  if (!platform_operator) co_return PermissionDenied();
  const auto tenant = co_await deps.db.Transact(db::Scope::Of(command.caller.tenant),
                                                [&](db::Tx& tx) { return store::FindTenantByCode(tx, command.tenant); });
  if (!tenant) co_return NotFound("tenant");
  co_return tenant->id;
}

}  // namespace

Task<Result<db::Reply>> CreateServiceAccount(Deps& deps, CreateServiceAccountCommand command) {
  const TimePoint now = deps.clock.Now();
  const bool platform_operator = command.caller.HasScope(kScopePlatformAdmin);
  const auto tenant = co_await TenantMadeIn(deps, command, platform_operator);
  if (!tenant) co_return tenant.error();
  const auto account = MakeServiceAccount(*tenant, deps.ids.New<ServiceAccountId>(), command.account, now);
  if (!account) co_return account.error();
  if (account->break_glass && !platform_operator) co_return PermissionDenied();
  if (!MayGrant(account->scopes, command.caller.scopes, platform_operator)) co_return PermissionDenied();

  const Secret secret = NewClientSecret();
  const std::string hash = HashSecret(secret.Reveal());
  db::Scope scope;
  scope.tenants = {command.caller.tenant};
  if (*tenant != command.caller.tenant) scope.tenants.push_back(*tenant);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    if (account->break_glass && store::HasBreakGlass(tx, *tenant)) return AlreadyExists("break_glass");
    store::InsertServiceAccount(tx, *account, command.caller.subject, deps.ids.Next(), hash);
    audit::Append(tx, {.tenant = *tenant,
                       .time = now,
                       .cause = command.cause,
                       .action = "CreateServiceAccount",
                       .subject = account->id.ToString(),
                       .detail = "{\"scopes\":\"" + JoinScopes(account->scopes) + "\"}"});
    return events::ServiceAccountReply(*account, secret);
  });
  co_return reply;
}

}  // namespace quittance::auth
