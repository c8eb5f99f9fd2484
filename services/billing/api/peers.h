// Calls to other services of ours, on a miss only. Each throws Fault while the other side cannot be asked.
#pragma once

#include <memory>

#include "services/billing/deps.h"

namespace quittance::rpc {
class Identity;
}

namespace quittance::billing::api {

class Peers {
 public:
  Peers(rpc::Identity& identity, const std::string& auth_target, const std::string& subscriptions_target);
  ~Peers();

  Task<std::optional<Offer>> AskPlan(TenantId tenant, std::string plan_code);  // subscriptions' GetPlan
  Task<std::optional<std::int64_t>> AskUser(TenantId tenant, UserId user);     // auth's GetUser; a version of 0: any event is newer

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::billing::api
