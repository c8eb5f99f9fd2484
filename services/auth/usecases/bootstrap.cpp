// Bootstrap: one transaction of the system role. The accounts are a table: one row per name.
#include "services/auth/usecases/bootstrap.h"

#include "common/audit/audit.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/store/bootstrap.h"
#include "services/auth/store/service_accounts.h"
#include "services/auth/store/tenants.h"
#include "services/auth/usecases/signing_keys.h"

namespace quittance::auth {
namespace {

constexpr std::string_view kActor = "system:bootstrap";

struct Planned {
  BootstrapAccount account;
  ServiceAccount row;
};

std::vector<Planned> Plan(Deps& deps, TenantId platform, TenantId first, TimePoint now) {
  const auto tenants = TenantScopes();
  const std::vector<std::string> all(tenants.begin(), tenants.end());
  const std::vector<std::string> process{std::string(kScopePlatformService)};
  const auto plan = [&](const std::string& name, TenantId tenant, std::vector<std::string> scopes) {
    const auto id = deps.ids.New<ServiceAccountId>();
    return Planned{{name, id, NewClientSecret()},
                   {.tenant = tenant, .id = id, .display_name = name, .scopes = std::move(scopes), .expires = {}, .created = now}};
  };
  return {plan("platform", platform, {std::string(kScopePlatformAdmin)}),
          plan("operator", first, all),
          plan("billing", platform, process),
          plan("subscriptions", platform, process),
          plan("notifications", platform, process),
          plan("ingress", platform, {std::string(kScopeWebhooksIngest)})};
}

void InsertAccount(Deps& deps, db::Tx& tx, const Planned& planned, TimePoint now) {
  store::InsertServiceAccount(tx, planned.row, kActor, deps.ids.Next(), HashSecret(planned.account.secret.Reveal()));
  audit::Append(tx, {.tenant = planned.row.tenant,
                     .time = now,
                     .cause = {std::string(kActor), ""},
                     .action = "CreateServiceAccount",
                     .subject = planned.row.id.ToString(),
                     .detail = "{\"scopes\":\"" + JoinScopes(planned.row.scopes) + "\"}"});
}

}  // namespace

Task<Result<bool>> Bootstrap(Deps& deps, NewTenant first_tenant, KeepAccounts keep) {
  const TimePoint now = deps.clock.Now();
  const NewTenant platform_tenant{std::string(kPlatformTenantCode), "Quittance", "en", "UTC"};
  const auto platform = MakeTenant(deps.ids.New<TenantId>(), platform_tenant, now);
  if (!platform) co_return platform.error();
  const auto first = MakeTenant(deps.ids.New<TenantId>(), first_tenant, now);
  if (!first) co_return first.error();
  if (first->code == kPlatformTenantCode) co_return InvalidField("tenant", "must not be the platform's own code");

  const std::vector<Planned> planned = Plan(deps, platform->id, first->id, now);
  auto done = co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) -> Result<bool> {
    if (!store::ClaimBootstrap(tx, now)) return false;
    if (!store::InsertTenant(tx, *platform) || !store::InsertTenant(tx, *first)) return AlreadyExists("tenant");
    std::vector<BootstrapAccount> accounts;
    for (const Planned& each : planned) {
      InsertAccount(deps, tx, each, now);
      accounts.push_back(each.account);
    }
    keep(accounts);
    return true;
  });
  if (!done) co_return done.error();
  co_await LoadSigningKeys(deps);
  co_return *done;
}

}  // namespace quittance::auth
