// One transaction each, in the scope of the caller's tenant (whose key it is) and of the one that is changed.
#include "services/auth/usecases/manage_tenants.h"

#include "common/audit/audit.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/events.h"
#include "services/auth/store/tenants.h"

namespace quittance::auth {
namespace {

db::Scope ScopeFor(const Caller& caller, TenantId tenant) {
  db::Scope scope = db::Scope::Of(caller.tenant);
  if (tenant != caller.tenant) scope.tenants.push_back(tenant);
  return scope;
}

Error EtagMismatch() { return {Code::kAborted, Reason::kEtagMismatch, "the etag is not the current one"}; }

}  // namespace

Result<TenantId> TenantOf(const Caller& caller, const std::string& requested) {
  if (requested.empty()) return caller.tenant;
  const auto named = TenantId::Parse(requested, "tenant_id");
  if (!named) return named.error();
  if (*named != caller.tenant && !caller.HasScope(kScopePlatformAdmin)) return NotFound("tenant_id");
  return *named;
}

Task<Result<Tenant>> GetTenant(Deps& deps, GetTenantQuery query) {
  const auto id = TenantOf(query.caller, query.tenant_id);
  if (!id) co_return id.error();
  const auto tenant = co_await deps.db.Transact(ScopeFor(query.caller, *id), [&](db::Tx& tx) { return store::FindTenant(tx, *id); });
  if (!tenant) co_return NotFound("tenant_id");
  co_return *tenant;
}

Task<Result<TenantList>> ListTenants(Deps& deps, ListTenantsQuery query) {
  const auto page = ParsePage(query.page_size, query.page_token);
  if (!page) co_return page.error();
  const db::Scope no_tenant;
  TenantList list;
  list.tenants = co_await deps.db.Transact(no_tenant, [&](db::Tx& tx) { return store::ListTenants(tx, *page); });
  if (!list.tenants.empty()) list.next_page_token = NextPageToken(*page, list.tenants.size(), list.tenants.back().id.uuid);
  co_return list;
}

Task<Result<db::Reply>> UpdateTenant(Deps& deps, UpdateTenantCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto id = TenantOf(command.caller, command.tenant_id);
  if (!id) co_return id.error();
  auto reply = co_await deps.db.Once(ScopeFor(command.caller, *id), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto locked = store::LockTenant(tx, *id);
    if (!locked) return NotFound("tenant_id");
    if (!command.etag.empty() && command.etag != events::EtagOf(locked->version)) return EtagMismatch();
    const auto changed = Changed(*locked, command.change, now);
    if (!changed) return changed.error();
    store::SaveTenant(tx, *changed);
    audit::Append(tx, {.tenant = *id,
                       .time = now,
                       .cause = command.cause,
                       .action = "UpdateTenant",
                       .subject = id->ToString(),
                       .detail = Describe(*locked, *changed)});
    return events::TenantReply(*changed);
  });
  co_return reply;
}

}  // namespace quittance::auth
