// Everything a use case of notifications may touch besides its arguments.
#pragma once

#include <functional>
#include <vector>

#include "common/async/executor.h"
#include "common/core/clock.h"
#include "common/crypto/envelope.h"
#include "common/db/database.h"
#include "common/settings/settings.h"
#include "services/notifications/channels/channel.h"
#include "services/notifications/domain/contact.h"

namespace quittance::notifications {

// Auth's ResolveContacts: at most kContactsMax people of one tenant; unknown ones are left out. Throws Fault while auth is down.
inline constexpr std::size_t kContactsMax = 200;
using ContactBook = std::function<Task<Result<std::vector<Contact>>>(TenantId, std::vector<UserId>)>;

// What a tenant calls itself; empty while it is not known here.
using CompanyName = std::function<std::string(TenantId)>;

struct Deps {
  db::Database& db;      // application role: sees the scope of each transaction
  db::Database& system;  // system role: consumers and jobs
  const Clock& clock;
  IdGenerator& ids;
  async::Executor& executor;
  settings::Settings& settings;
  const crypto::Keyring& token_keyring;  // shared with auth: opens one-time tokens
  Channel& email;
  ContactBook contacts;
  CompanyName company;
  std::function<void()> wake = nullptr;  // wakes the job send_notifications of this process
  Channel* sms = nullptr;                // nullptr: notifications by SMS wait
};

}  // namespace quittance::notifications
