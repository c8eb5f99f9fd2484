// Calls to other services of ours: billing before a removal, auth on a miss. Both throw Fault while the other side cannot be asked.
#pragma once

#include <memory>
#include <string>

#include "services/subscriptions/deps.h"

namespace quittance::rpc {
class Identity;
}

namespace quittance::subscriptions::api {

class Peers {
 public:
  Peers(rpc::Identity& identity, const std::string& auth_target, const std::string& billing_target);
  ~Peers();

  Task<UnsettledPayers> AskUnsettledPayers(UnsettledQuery query);        // billing's ListUnsettledPayers
  Task<std::optional<KnownUser>> AskUser(TenantId tenant, UserId user);  // auth's GetUser

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::subscriptions::api
