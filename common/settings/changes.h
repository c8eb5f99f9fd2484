// Four eyes on settings: one person proposes, another approves. Invariant: nobody approves what they proposed themselves; a proposal is
// about the value that stood when it was made, and about no later one.
#pragma once

#include "common/settings/settings.h"

namespace quittance::settings {

inline constexpr Duration kChangeLife = std::chrono::days(7);

struct DeleteSettingCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string key;
  std::string etag;            // empty: whatever is there
  bool validate_only = false;  // says what it would come to, and does nothing
};
// A setting whose key is sensitive stays, with the change that waits; any other is gone.
Task<Result<db::Reply>> DeleteSetting(Settings& settings, db::Database& db, DeleteSettingCommand command, TimePoint now, Encode encode);

struct ApproveChangeCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string change;  // chg_…
};
// PERMISSION_DENIED: the same person. ABORTED ETAG_MISMATCH: the setting changed since. NOT_FOUND: no such change, or it is too old.
Task<Result<db::Reply>> ApproveChange(Settings& settings, db::Database& db, ApproveChangeCommand command, TimePoint now, Encode encode);

Task<std::vector<Change>> ListPendingChanges(db::Database& db, Caller caller, TimePoint now);

}  // namespace quittance::settings
