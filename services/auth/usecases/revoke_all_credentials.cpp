// RevokeAllCredentials. The tenant's epoch goes above every epoch in it while its row is locked, so whatever was given before is outdated:
// refresh tokens at once, access tokens with the next trust poll. Secrets of machines end; the break-glass account keeps its own.
#include "common/audit/audit.h"
#include "common/events/outbox.h"
#include "services/auth/domain/session.h"
#include "services/auth/events.h"
#include "services/auth/store/service_accounts.h"
#include "services/auth/store/sessions.h"
#include "services/auth/store/tenants.h"
#include "services/auth/usecases/manage_tenants.h"

namespace quittance::auth {
namespace {

db::Reply Revoke(Deps& deps, db::Tx& tx, const RevokeAllCredentialsCommand& command, Tenant tenant, TimePoint now) {
  tenant.epoch = 1 + store::HighestEpoch(tx, tenant.id);
  tenant.version += 1;
  tenant.updated = now;
  store::SaveTenant(tx, tenant);
  const Revocation revocation{.tenant = tenant.id,
                              .subject = "",
                              .session = std::nullopt,
                              .min_epoch = tenant.epoch,
                              .expires = now + kAccessTokenLife + kRevocationLeeway};
  store::InsertRevocation(tx, revocation, deps.ids.Next(), now);
  const int accounts = store::EndSecrets(tx, tenant.id, now);
  const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
  quittance::events::AppendToOutbox(tx, events::CredentialsRevoked(tenant, revocation, mark));
  audit::Append(tx, {.tenant = tenant.id,
                     .time = now,
                     .cause = command.cause,
                     .action = "RevokeAllCredentials",
                     .subject = tenant.id.ToString(),
                     .detail = "{\"service_accounts\":" + std::to_string(accounts) + "}",
                     .event = mark.id});
  return events::RevokeAllReply(accounts);
}

}  // namespace

Task<Result<db::Reply>> RevokeAllCredentials(Deps& deps, RevokeAllCredentialsCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto id = TenantOf(command.caller, command.tenant_id);
  if (!id) co_return id.error();
  db::Scope scope = db::Scope::Of(command.caller.tenant);
  if (*id != command.caller.tenant) scope.tenants.push_back(*id);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto tenant = store::LockTenant(tx, *id);
    if (!tenant) return NotFound("tenant_id");
    if (tenant->code == kPlatformTenantCode) {
      return Precondition(Reason::kStateConflict, "our own processes live in this tenant: rotate their secrets one by one");
    }
    return Revoke(deps, tx, command, *tenant, now);
  });
  co_return reply;
}

}  // namespace quittance::auth
