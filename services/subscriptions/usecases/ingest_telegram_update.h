// IngestTelegramUpdate: takes one update of the bot in and applies what it says in the same transaction; calls to Telegram come later, by
// jobs. Invariant: 200 only after the commit; an update that was taken in before changes nothing.
#pragma once

#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

inline constexpr std::size_t kUpdateBytesMax = 1024 * 1024;

struct IngestTelegramUpdateCommand {
  TenantId tenant;
  std::string secret_token;
  std::string body;
  Cause cause;
};
// The HTTP status to answer with.
Task<Result<int>> IngestTelegramUpdate(Deps& deps, IngestTelegramUpdateCommand command);

}  // namespace quittance::subscriptions
