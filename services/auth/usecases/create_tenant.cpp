// CreateTenant: one transaction in the scope of the platform's tenant (whose key it is) and of the new one (whose rows they are).
#include "services/auth/usecases/create_tenant.h"

#include "common/audit/audit.h"
#include "services/auth/events.h"
#include "services/auth/store/tenants.h"

namespace quittance::auth {

Task<Result<db::Reply>> CreateTenant(Deps& deps, CreateTenantCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto tenant = MakeTenant(deps.ids.New<TenantId>(), command.tenant, now);
  if (!tenant) co_return tenant.error();
  db::Scope scope;
  scope.tenants = {command.caller.tenant, tenant->id};
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    if (!store::InsertTenant(tx, *tenant)) return AlreadyExists("code");
    audit::Append(tx, {.tenant = command.caller.tenant,
                       .time = now,
                       .cause = command.cause,
                       .action = "CreateTenant",
                       .subject = tenant->id.ToString(),
                       .detail = ""});
    return events::TenantReply(*tenant);
  });
  co_return reply;
}

}  // namespace quittance::auth
