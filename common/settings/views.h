// A stored setting as an rpc may show it. Internal to common/settings.
#pragma once

#include "common/settings/settings.h"
#include "common/settings/store.h"

namespace quittance::settings {

std::string Etag(std::int64_t version);
Error EtagMismatch();
View ToView(const Key& row, const store::Stored& stored);
View UnsetView(const Key& row, const std::string& key);

// What a second person must agree to: deleting a secret, deleting or changing what says where money goes.
inline bool IsSensitive(const Key& row) { return row.secret || row.guarded; }

}  // namespace quittance::settings
