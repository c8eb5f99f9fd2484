// SQL of the settings, and the sealing of their values under the tenant's data key.
#include "common/settings/store.h"

#include "common/settings/settings.h"

namespace quittance::settings {

std::string TenantKey(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring) {
  const auto find = [&] { return tx.Exec("SELECT wrapped_key FROM tenant_keys WHERE tenant_id = $1", tenant); };
  auto rows = find();
  if (rows.empty()) {
    tx.Exec("INSERT INTO tenant_keys (tenant_id, wrapped_key) VALUES ($1, $2) ON CONFLICT DO NOTHING", tenant,
            db::Bytes{crypto::NewDataKey(keyring, tenant.ToString())});
    rows = find();  // ours, or the one of a transaction that was faster
  }
  return rows.front().Get<db::Bytes>("wrapped_key").data;
}

std::map<TenantId, std::string> TenantKeys(db::Tx& tx, const std::set<TenantId>& tenants, const crypto::Keyring& keyring) {
  std::map<TenantId, std::string> keys;
  for (const auto& row : tx.Exec("SELECT tenant_id, wrapped_key FROM tenant_keys WHERE tenant_id = ANY($1::uuid[])",
                                 db::ArrayOf(tenants, [](TenantId tenant) { return tenant; }))) {
    keys.emplace(row.Get<TenantId>("tenant_id"), row.Get<db::Bytes>("wrapped_key").data);
  }
  for (const auto& tenant : tenants) {
    if (!keys.contains(tenant)) keys.emplace(tenant, TenantKey(tx, tenant, keyring));
  }
  return keys;
}

namespace store {
namespace {

constexpr std::string_view kTable = "settings";
constexpr std::string_view kColumn = "value";

std::vector<Stored> Read(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, const db::Rows& rows) {
  std::vector<Stored> found;
  if (rows.empty()) return found;
  const std::string data_key = TenantKey(tx, tenant, keyring);
  for (const auto& row : rows) {
    Stored stored;
    stored.key = row.Get<std::string>("key");
    const std::string sealed = row.Get<db::Bytes>("value").data;
    stored.value = crypto::Open(keyring, data_key, tenant.ToString(), crypto::Place{tenant, kTable, kColumn, stored.key}, sealed);
    stored.key_id = std::to_string(crypto::KeyIdOf(sealed));
    stored.version = row.Get<std::int64_t>("version");
    stored.updated_by = row.Get<std::string>("updated_by");
    stored.updated_at = row.Get<TimePoint>("updated_at");
    found.push_back(std::move(stored));
  }
  return found;
}

}  // namespace

std::vector<Stored> List(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, std::string_view prefix) {
  return Read(tx, tenant, keyring,
              tx.Exec(R"(SELECT key, value, version, updated_by, updated_at FROM settings
                          WHERE tenant_id = $1 AND starts_with(key, $2::text) ORDER BY key COLLATE "C")",
                      tenant, prefix));
}

std::optional<Stored> Find(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, const std::string& key) {
  auto found =
      Read(tx, tenant, keyring,
           tx.Exec("SELECT key, value, version, updated_by, updated_at FROM settings WHERE tenant_id = $1 AND key = $2", tenant, key));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::int64_t LockVersion(db::Tx& tx, TenantId tenant, const std::string& key) {
  const auto rows = tx.Exec("SELECT version FROM settings WHERE tenant_id = $1 AND key = $2 FOR UPDATE", tenant, key);
  return rows.empty() ? 0 : rows.front().Get<std::int64_t>("version");
}

Stored Put(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, const std::string& key, const std::string& value,
           const std::string& by, TimePoint now) {
  const std::string data_key = TenantKey(tx, tenant, keyring);
  const std::string sealed = crypto::Seal(keyring, data_key, tenant.ToString(), crypto::Place{tenant, kTable, kColumn, key}, value);
  const auto rows = tx.Exec(R"(INSERT INTO settings AS s (tenant_id, key, value, updated_by, updated_at) VALUES ($1, $2, $3, $4, $5)
                               ON CONFLICT (tenant_id, key) DO UPDATE
                                  SET value = excluded.value, version = s.version + 1, updated_by = excluded.updated_by, updated_at = excluded.updated_at
                               RETURNING version)",
                            tenant, key, db::Bytes{sealed}, by, now);
  return {key, value, std::to_string(crypto::KeyIdOf(sealed)), rows.front().Get<std::int64_t>("version"), by, now};
}

void Delete(db::Tx& tx, TenantId tenant, const std::string& key) {
  tx.Exec("DELETE FROM settings WHERE tenant_id = $1 AND key = $2", tenant, key);
}

void PutChange(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, const Change& change, const std::optional<std::string>& value,
               std::int64_t version) {
  std::optional<db::Bytes> sealed;
  if (value) {
    const std::string row = change.id.ToString();
    sealed = db::Bytes{crypto::Seal(keyring, TenantKey(tx, tenant, keyring), tenant.ToString(),
                                    crypto::Place{tenant, "setting_changes", kColumn, row}, *value)};
  }
  tx.Exec(R"(INSERT INTO setting_changes (tenant_id, id, key, value, version, proposed_by, propose_time) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (tenant_id, key) DO UPDATE SET id = excluded.id, value = excluded.value, version = excluded.version,
                proposed_by = excluded.proposed_by, propose_time = excluded.propose_time)",
          tenant, change.id, change.key, sealed, version, change.proposed_by, change.propose_time);
}

std::optional<StoredChange> LockChange(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, ChangeId id) {
  const auto rows = tx.Exec(
      "SELECT key, value, version, proposed_by, propose_time FROM setting_changes WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenant, id);
  if (rows.empty()) return std::nullopt;
  const auto row = rows.front();
  StoredChange stored{
      {id, row.Get<std::string>("key"), row.IsNull("value"), row.Get<std::string>("proposed_by"), row.Get<TimePoint>("propose_time")},
      std::nullopt,
      row.Get<std::int64_t>("version")};
  if (!stored.change.deletes) {
    const std::string name = id.ToString();
    stored.value = crypto::Open(keyring, TenantKey(tx, tenant, keyring), tenant.ToString(),
                                crypto::Place{tenant, "setting_changes", kColumn, name}, row.Get<db::Bytes>("value").data);
  }
  return stored;
}

void DeleteChange(db::Tx& tx, TenantId tenant, ChangeId id) {
  tx.Exec("DELETE FROM setting_changes WHERE tenant_id = $1 AND id = $2", tenant, id);
}

std::vector<Change> ListChanges(db::Tx& tx, TenantId tenant, TimePoint proposed_after) {
  std::vector<Change> changes;
  const auto rows = tx.Exec(
      "SELECT id, key, value IS NULL AS deletes, proposed_by, propose_time FROM setting_changes WHERE tenant_id = $1 AND propose_time > $2 "
      "ORDER BY id",
      tenant, proposed_after);
  for (const auto& row : rows) {
    changes.push_back({row.Get<ChangeId>("id"), row.Get<std::string>("key"), row.Get<bool>("deletes"), row.Get<std::string>("proposed_by"),
                       row.Get<TimePoint>("propose_time")});
  }
  return changes;
}

}  // namespace store
}  // namespace quittance::settings
