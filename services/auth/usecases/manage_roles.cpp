// A role changes under LockAdmins: what it opened before and what it opens then decide together whether the tenant keeps an administrator.
#include "services/auth/usecases/manage_roles.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/domain/session.h"
#include "services/auth/events.h"
#include "services/auth/store/roles.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kRoleMin = 2;
constexpr std::size_t kRoleMax = 40;

// ADMIN, STUNT_PERFORMER, moderator: letters, digits, dashes and underscores, a letter first.
Result<void> CheckRoleName(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto good = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  if (name.size() >= kRoleMin && name.size() <= kRoleMax && letter(name.front()) && std::all_of(name.begin(), name.end(), good)) return {};
  return InvalidField("role", "must be 2 to 40 letters, digits, dashes and underscores and begin with a letter");
}

std::string Described(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  return "{\"before\":\"" + JoinScopes(before) + "\",\"after\":\"" + JoinScopes(after) + "\"}";
}

audit::Entry EntryOf(const RoleCommand& command, const char* action, std::string detail, TimePoint now) {
  return {.tenant = command.caller.tenant,
          .time = now,
          .cause = command.cause,
          .action = action,
          .subject = "role:" + command.role,
          .detail = std::move(detail)};
}

}  // namespace

Task<Result<std::vector<Role>>> ListRoles(Deps& deps, Caller caller) {
  auto rows = co_await deps.db.Transact(db::Scope::Of(caller.tenant), [&](db::Tx& tx) { return store::ListRoles(tx, caller.tenant); });
  std::vector<Role> roles;
  for (store::RoleRow& row : rows) roles.push_back({std::move(row.name), std::move(row.scopes), row.builtin});
  co_return roles;
}

Task<Result<db::Reply>> PutRole(Deps& deps, RoleCommand command) {
  const TimePoint now = deps.clock.Now();
  const TenantId tenant = command.caller.tenant;
  if (const auto name = CheckRoleName(command.role); !name) co_return name.error();
  const auto scopes = ParseScopes(command.scopes, "scopes");
  if (!scopes) co_return scopes.error();
  if (!MayGrant(*scopes, command.caller.scopes, false)) co_return PermissionDenied();
  if (command.role == kRoleAdmin) co_return Precondition(Reason::kStateConflict, "the role admin holds every scope of the tenant");
  auto reply = co_await deps.db.Once(db::Scope::Of(tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    store::LockAdmins(tx, tenant);
    const bool administered = store::HasAdmin(tx, tenant);
    const std::vector<std::string> before = store::FindRoleScopes(tx, tenant, {command.role}).scopes;
    const bool builtin = store::PutRole(tx, tenant, command.role, *scopes);
    if (administered && !store::HasAdmin(tx, tenant)) return Precondition(Reason::kStateConflict, "the last administrator stays one");
    if (before != *scopes) store::OutdateHolders(tx, tenant, command.role, now + kAccessTokenLife + kRevocationLeeway, now);
    audit::Append(tx, EntryOf(command, "PutRole", Described(before, *scopes), now));
    return events::RoleReply(command.role, *scopes, builtin);
  });
  co_return reply;
}

Task<Result<db::Reply>> DeleteRole(Deps& deps, RoleCommand command) {
  const TimePoint now = deps.clock.Now();
  const TenantId tenant = command.caller.tenant;
  auto reply = co_await deps.db.Once(db::Scope::Of(tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    switch (store::DeleteRole(tx, tenant, command.role)) {
      case store::RoleDeletion::kUnknown:
        return NotFound("role");
      case store::RoleDeletion::kInUse:
        return Precondition(Reason::kStateConflict, "the role is built in, or somebody has it");
      case store::RoleDeletion::kDone:
        break;
    }
    audit::Append(tx, EntryOf(command, "DeleteRole", "", now));
    return events::EmptyReply();
  });
  co_return reply;
}

}  // namespace quittance::auth
