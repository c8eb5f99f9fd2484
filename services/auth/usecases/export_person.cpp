// Read, collect (network), then the audit row: a document that could not be put together was given to nobody.
#include "services/auth/usecases/export_person.h"

#include "common/audit/audit.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/domain/session.h"
#include "services/auth/domain/tenant.h"
#include "services/auth/store/devices.h"
#include "services/auth/store/identities.h"
#include "services/auth/store/tenants.h"
#include "services/auth/usecases/get_user.h"

namespace quittance::auth {
namespace {

// "auth", version 8 of RFC 9562; no row stands behind it.
constexpr Uuid kOwnAccount{{0, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 'a', 'u', 't', 'h'}};
constexpr std::chrono::minutes kOwnTokenLife{5};

Task<Result<std::string>> Export(Deps& deps, ExportCommand command, const CollectPerson& collect, std::string_view action) {
  GetUserQuery query{command.caller, command.user_id, ""};
  auto user = co_await GetUser(deps, std::move(query));
  if (!user) co_return user.error();
  const UserFacts facts = user->facts;
  auto document = co_await collect(std::move(*user));
  if (!document) co_return document.error();
  const TimePoint now = deps.clock.Now();
  co_await deps.db.Transact(db::Scope::Of(facts.tenant), [&](db::Tx& tx) {
    audit::Append(tx, {.tenant = facts.tenant,
                       .time = now,
                       .cause = command.cause,
                       .action = std::string(action),
                       .subject = facts.id.ToString(),
                       .detail = "{\"bytes\":" + std::to_string(document->size()) + "}"});
  });
  co_return document;
}

}  // namespace

Task<Result<std::string>> ExportMyData(Deps& deps, ExportCommand command, const CollectPerson& collect) {
  if (!command.caller.user) co_return PermissionDenied();
  command.user_id = command.caller.user->ToString();
  auto document = co_await Export(deps, std::move(command), collect, "ExportMyData");
  co_return document;
}

Task<Result<std::string>> ExportUserData(Deps& deps, ExportCommand command, const CollectPerson& collect) {
  auto document = co_await Export(deps, std::move(command), collect, "ExportUserData");
  co_return document;
}

Task<Result<std::vector<DeviceView>>> ListDevices(Deps& deps, Caller caller) {
  if (!caller.user) co_return PermissionDenied();
  const db::Scope scope = db::Scope::Of(caller.tenant, *caller.user);
  const auto devices = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return store::FindDevices(tx, caller.tenant, *caller.user); });
  std::vector<DeviceView> views;
  for (const store::SeenDevice& each : devices) views.push_back({each.id, each.created, each.seen});
  co_return views;
}

Task<Result<std::vector<IdentityView>>> ListIdentities(Deps& deps, Caller caller) {
  if (!caller.user) co_return PermissionDenied();
  const db::Scope scope = db::Scope::Of(caller.tenant, *caller.user);
  const auto found = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return store::FindIdentities(tx, caller.tenant, *caller.user); });
  std::vector<IdentityView> views;
  for (const store::Identity& each : found) views.push_back({each.provider, each.created});
  co_return views;
}

Task<std::string> IssueOwnToken(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const auto platform =
      co_await deps.system.Transact(db::Scope::System(), [](db::Tx& tx) { return store::FindTenantByCode(tx, kPlatformTenantCode); });
  if (!platform) throw Fault("bootstrap was not run: there is no platform tenant");
  TokenClaims claims;
  claims.tenant = platform->id;
  claims.subject = ServiceAccountId{kOwnAccount}.ToString();
  claims.scopes = {std::string(kScopePlatformService)};
  claims.epoch = platform->epoch;
  claims.jti = deps.ids.Next();
  claims.issued = now;
  claims.expires = now + kOwnTokenLife;
  co_return deps.signer.Sign(claims);
}

}  // namespace quittance::auth
