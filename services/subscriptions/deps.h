// Everything a use case of subscriptions may touch besides its arguments.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/caller.h"
#include "common/core/clock.h"
#include "common/core/uuid.h"
#include "common/db/database.h"
#include "common/settings/settings.h"
#include "services/subscriptions/membership/bot.h"
#include "services/subscriptions/membership/vault.h"
#include "services/subscriptions/store/users.h"

namespace quittance::subscriptions {

// Whose money is under way, as billing says (ListUnsettledPayers).
struct UnsettledQuery {
  TenantId tenant;
  std::vector<UserId> users;  // at most 200
  std::vector<std::string> plan_codes;
  TimePoint succeeded_since;
};
struct UnsettledPayers {
  std::vector<UserId> paid;
  std::vector<UserId> unsettled;
};

struct Deps {
  db::Database& db;      // application role: sees the scope of each transaction
  db::Database& system;  // system role: jobs and consumers
  const Clock& clock;
  IdGenerator& ids;
  settings::Settings& settings;
  Bot& bot;
  const Vault& vault;
  // Calls to other services. Both throw Fault while the other side is down.
  std::function<Task<UnsettledPayers>(UnsettledQuery)> unsettled_payers;
  std::function<Task<std::optional<KnownUser>>(TenantId, UserId)> find_user;
  // Something became due in this process: the job's name. Runs after a commit, never fails.
  std::function<void(std::string_view job)> wake;
  // Something that a person should look at: counted by reason, from a closed list.
  std::function<void(std::string_view reason)> alert;
};

// Names of the jobs that are woken.
inline constexpr std::string_view kDriveMemberships = "drive_memberships";
inline constexpr std::string_view kAnswerJoinRequests = "answer_join_requests";
inline constexpr std::string_view kSendBotMessages = "send_bot_messages";

}  // namespace quittance::subscriptions
