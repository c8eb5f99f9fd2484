// What use cases work with. Built by app.cpp; a test builds its own with the same parts.
#pragma once

#include <functional>

#include "common/async/executor.h"
#include "common/core/clock.h"
#include "common/crypto/envelope.h"
#include "common/db/database.h"
#include "common/settings/settings.h"
#include "services/billing/domain/intent.h"
#include "services/billing/metrics.h"
#include "services/billing/psp/psp.h"

namespace quittance::billing {

struct HotPaths;  // usecases/hot_paths.h: the batchers
class WatchHub;   // usecases/watch_payment_intent.h

// What billing asks of others, on a miss only.
struct Ports {
  std::function<Task<std::optional<TenantId>>(std::string code)> find_tenant;
  std::function<Task<std::optional<Offer>>(TenantId tenant, std::string plan_code)> ask_plan;  // subscriptions.GetPlan
  std::function<Task<std::optional<std::int64_t>>(TenantId tenant, UserId user)> ask_user;     // auth.GetUser: a version, or no such user
  std::function<std::string(TenantId tenant)> time_zone;                                       // of the tenant; UTC if unknown
  std::function<void(const std::string& job)> wake;                                            // a job has something due now
};

struct Deps {
  db::Database& db;         // role app: forced into its scope
  db::Database& system_db;  // role system: jobs, consumers, rpcs between our processes
  const Clock& clock;
  IdGenerator& ids;
  async::Executor& executor;
  settings::Settings& settings;
  const psp::Registry& psps;
  std::shared_ptr<const crypto::Keyring> keyring;
  Metrics& metrics;
  Ports ports;
  HotPaths* hot = nullptr;
  WatchHub* watch = nullptr;
};

}  // namespace quittance::billing
