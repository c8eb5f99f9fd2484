// See read.h.
#include "common/settings/read.h"

#include "common/settings/store.h"

namespace quittance::settings {

Snapshot ReadIn(db::Tx& tx, const Settings& settings, TenantId tenant, std::string_view prefix) {
  Snapshot snapshot;
  for (auto& row : store::List(tx, tenant, *settings.impl_keyring(), prefix))
    snapshot.values.emplace(std::move(row.key), std::move(row.value));
  return snapshot;
}

}  // namespace quittance::settings
