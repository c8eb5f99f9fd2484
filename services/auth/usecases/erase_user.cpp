// One transaction: sessions outdated, sealed columns and key gone, event for the other services, proof in the audit trail.
#include "services/auth/usecases/erase_user.h"

#include "common/audit/audit.h"
#include "services/auth/events.h"
#include "services/auth/store/roles.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/outdate_tokens.h"

namespace quittance::auth {
namespace {

void Destroy(Deps& deps, db::Tx& tx, UserFacts user, const Cause& cause, TimePoint now) {
  OutdateTokens(deps, tx, user, "erased", cause, now);
  store::EraseUser(tx, user.tenant, user.id);
  user.status = UserStatus::kErased;
  user.email_verified = false;
  user.roles.clear();
  user.version += 1;
  const events::Mark mark{deps.ids.Next(), now, cause.traceparent};
  store::SaveUser(tx, user, events::UserErased(user, mark));
  erasure::Note(tx, {user.tenant, user.id, user.version, now}, false);
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = cause,
                     .action = "EraseUser",
                     .subject = user.id.ToString(),
                     .detail = "{\"key_destroyed\":true}",
                     .event = mark.id});
}

Result<void> Erase(Deps& deps, db::Tx& tx, const UserFacts& user, const Cause& cause, TimePoint now) {
  store::LockAdmins(tx, user.tenant);
  const bool administered = store::HasAdmin(tx, user.tenant);
  Destroy(deps, tx, user, cause, now);
  if (administered && !store::HasAdmin(tx, user.tenant)) {
    return Precondition(Reason::kStateConflict, "the last administrator stays in use");
  }
  return {};
}

}  // namespace

Task<Result<db::Reply>> EraseUser(Deps& deps, UserCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto id = ActOn(command.caller, command.user_id, "user_id");
  if (!id) co_return id.error();
  const TenantId tenant = command.caller.tenant;
  auto reply = co_await deps.db.Once(db::Scope::Of(tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto locked = store::LockUser(tx, tenant, *id);
    if (!locked) return Missing(command.caller, "user_id");
    if (locked->facts.status == UserStatus::kErased) return events::EmptyReply();
    if (const auto erased = Erase(deps, tx, locked->facts, command.cause, now); !erased) return erased.error();
    return events::EmptyReply();
  });
  if (reply) {
    try {
      co_await RecordErasures(deps);
    } catch (const std::exception&) {
      // The erasure stands; the ledger is down, and the job records it when it is back.
    }
  }
  co_return reply;
}

Task<Result<db::Reply>> RequestErasure(Deps& deps, UserCommand command) {
  if (!command.caller.user) co_return PermissionDenied();
  command.user_id = command.caller.user->ToString();
  auto reply = co_await EraseUser(deps, std::move(command));
  co_return reply;
}

void EraseAgain(Deps& deps, db::Tx& tx, const erasure::Erased& erased) {
  const auto locked = store::LockUser(tx, erased.tenant, erased.user);
  if (!locked || locked->facts.status == UserStatus::kErased) return;  // made after the dump, or erased before it
  Destroy(deps, tx, locked->facts, {.actor = "system:erasure_ledger", .traceparent = {}}, deps.clock.Now());
}

Task<int> RecordErasures(Deps& deps) {
  if (deps.ledger == nullptr) co_return 0;
  const int recorded = co_await erasure::RecordNoted(*deps.ledger, deps.system);
  co_return recorded;
}

}  // namespace quittance::auth
