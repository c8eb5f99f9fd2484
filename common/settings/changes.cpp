// Deletion and approval, each one transaction under its key.
#include "common/settings/changes.h"

#include "common/audit/audit.h"
#include "common/crypto/random.h"
#include "common/settings/store.h"
#include "common/settings/views.h"

namespace quittance::settings {
namespace {

constexpr std::size_t kKeyMax = 160;

Result<db::Reply> Delete(db::Tx& tx, Settings& settings, const Key& row, const DeleteSettingCommand& command, Uuid change, TimePoint now,
                         const Encode& encode) {
  const TenantId tenant = command.caller.tenant;
  const auto& keyring = *settings.impl_keyring();
  const std::int64_t version = store::LockVersion(tx, tenant, command.key);
  if (version == 0) return NotFound("key");
  if (!command.etag.empty() && Etag(version) != command.etag) return EtagMismatch();
  auto view = ToView(row, *store::Find(tx, tenant, keyring, command.key));
  db::Reply reply;
  if (command.validate_only) {
    reply.bytes = encode(view);
    return reply;
  }
  if (IsSensitive(row)) {
    const Change proposal{ChangeId{change}, command.key, true, command.caller.subject, now};
    store::PutChange(tx, tenant, keyring, proposal, std::nullopt, version);
    audit::Append(tx,
                  {tenant, now, command.cause, "ProposeDeleteSetting", command.key, "{\"change\":\"" + proposal.id.ToString() + "\"}", {}});
    view.pending = proposal;
  } else {
    store::Delete(tx, tenant, command.key);
    audit::Append(tx, {tenant, now, command.cause, "DeleteSetting", command.key, "", {}});
    tx.OnCommit([&settings, tenant] { settings.Forget(tenant); });
    view = UnsetView(row, command.key);
  }
  reply.bytes = encode(view);
  return reply;
}

Result<db::Reply> Approve(db::Tx& tx, Settings& settings, ChangeId id, const ApproveChangeCommand& command, TimePoint now,
                          const Encode& encode) {
  const TenantId tenant = command.caller.tenant;
  const auto& keyring = *settings.impl_keyring();
  const auto stored = store::LockChange(tx, tenant, keyring, id);
  if (!stored || stored->change.propose_time + kChangeLife <= now) return NotFound("pending_change_id");
  const auto& change = stored->change;
  const Key* row = FindKey(settings.table(), change.key);
  if (row == nullptr) return NotFound("pending_change_id");
  if (change.proposed_by == command.caller.subject) {
    return Error{Code::kPermissionDenied, Reason::kPermissionDenied, "a change is approved by somebody else than who proposed it"};
  }
  if (store::LockVersion(tx, tenant, change.key) != stored->version) return EtagMismatch();
  store::DeleteChange(tx, tenant, id);
  auto view = UnsetView(*row, change.key);
  if (stored->value) {
    view = ToView(*row, store::Put(tx, tenant, keyring, change.key, *stored->value, command.caller.subject, now));
  } else {
    store::Delete(tx, tenant, change.key);
  }
  audit::Append(tx, {tenant,
                     now,
                     command.cause,
                     "ApproveChange",
                     change.key,
                     "{\"change\":\"" + id.ToString() + "\",\"proposed_by\":\"" + change.proposed_by +
                         "\",\"deletes\":" + (change.deletes ? "true}" : "false}"),
                     {}});
  tx.OnCommit([&settings, tenant] { settings.Forget(tenant); });
  db::Reply reply;
  reply.bytes = encode(view);
  return reply;
}

}  // namespace

Task<Result<db::Reply>> DeleteSetting(Settings& settings, db::Database& db, DeleteSettingCommand command, TimePoint now, Encode encode) {
  const Key* row = command.key.size() <= kKeyMax ? FindKey(settings.table(), command.key) : nullptr;
  if (row == nullptr) co_return NotFound("key");
  crypto::RandomIds ids;
  const auto change = ids.Next();
  auto reply = co_await db.Once(db::Scope::Of(command.caller.tenant), command.once,
                                [&](db::Tx& tx) { return Delete(tx, settings, *row, command, change, now, encode); });
  co_return reply;
}

Task<Result<db::Reply>> ApproveChange(Settings& settings, db::Database& db, ApproveChangeCommand command, TimePoint now, Encode encode) {
  const auto id = ChangeId::Parse(command.change, "pending_change_id");
  if (!id) co_return id.error();
  auto reply = co_await db.Once(db::Scope::Of(command.caller.tenant), command.once,
                                [&](db::Tx& tx) { return Approve(tx, settings, *id, command, now, encode); });
  co_return reply;
}

Task<std::vector<Change>> ListPendingChanges(db::Database& db, Caller caller, TimePoint now) {
  auto changes = co_await db.Transact(db::Scope::Of(caller.tenant),
                                      [&](db::Tx& tx) { return store::ListChanges(tx, caller.tenant, now - kChangeLife); });
  co_return changes;
}

}  // namespace quittance::settings
