// SQL of devices.
#include "services/auth/store/devices.h"

namespace quittance::auth::store {

std::vector<SeenDevice> FindDevices(db::Tx& tx, TenantId tenant, UserId user) {
  std::vector<SeenDevice> found;
  for (const auto row : tx.Exec(
           "SELECT device_id, created_at, seen_at FROM devices WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at", tenant, user)) {
    found.push_back({row.Get<Uuid>("device_id"), row.Get<TimePoint>("created_at"), row.Get<TimePoint>("seen_at")});
  }
  return found;
}

std::optional<Device> FindDevice(db::Tx& tx, TenantId tenant, const Uuid& id) {
  const db::Rows rows = tx.Exec("SELECT user_id, secret_hash FROM devices WHERE tenant_id = $1 AND device_id = $2", tenant, id);
  if (rows.empty()) return std::nullopt;
  return Device{tenant, id, rows.front().Get<UserId>("user_id"), rows.front().Get<db::Bytes>("secret_hash").data};
}

bool InsertDevice(db::Tx& tx, const Device& device, TimePoint now) {
  const db::Rows before = tx.Exec("SELECT 1 FROM devices WHERE tenant_id = $1 AND user_id = $2 LIMIT 1", device.tenant, device.user);
  tx.Exec(
      "DELETE FROM devices WHERE tenant_id = $1 AND device_id IN (SELECT device_id FROM devices WHERE tenant_id = $1 AND user_id = $2"
      " ORDER BY seen_at DESC OFFSET $3)",
      device.tenant, device.user, kDevicesPerUserMax - 1);
  tx.Exec("INSERT INTO devices (tenant_id, device_id, user_id, secret_hash, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)",
          device.tenant, device.id, device.user, db::Bytes{device.secret_hash}, now);
  return !before.empty();
}

void SeeDevice(db::Tx& tx, TenantId tenant, const Uuid& id, TimePoint now) {
  tx.Exec("UPDATE devices SET seen_at = $3 WHERE tenant_id = $1 AND device_id = $2", tenant, id, now);
}

}  // namespace quittance::auth::store
