// Rows of devices: a secret that a device got with a login and shows with the next one. Invariant: a device is known for one person only,
// and its secret is stored as a hash.
#pragma once

#include <optional>
#include <vector>

#include "common/db/tx.h"

namespace quittance::auth::store {

inline constexpr int kDevicesPerUserMax = 20;  // those that were not seen for longest go

struct Device {
  TenantId tenant;
  Uuid id;
  UserId user;
  std::string secret_hash;
};

struct SeenDevice {
  Uuid id;
  TimePoint created{};
  TimePoint seen{};
};
std::vector<SeenDevice> FindDevices(db::Tx& tx, TenantId tenant, UserId user);  // at most kDevicesPerUserMax

std::optional<Device> FindDevice(db::Tx& tx, TenantId tenant, const Uuid& id);
// Makes room first. True: the person had a device before.
bool InsertDevice(db::Tx& tx, const Device& device, TimePoint now);
void SeeDevice(db::Tx& tx, TenantId tenant, const Uuid& id, TimePoint now);

}  // namespace quittance::auth::store
