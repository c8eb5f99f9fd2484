// quittance-notifications: its parts in dependency order, threads last, so that destruction is the drain order.
#pragma once

#include "common/http/client.h"
#include "common/jobs/jobs.h"
#include "common/service/parts.h"
#include "common/settings/settings.h"
#include "services/notifications/config.h"
#include "services/notifications/deps.h"

namespace quittance::notifications {

class App {
 public:
  App(const Config& config, service::Runtime& runtime);
  ~App();
  void Start();
  void Drain(SteadyTime deadline);

 private:
  const Config config_;
  service::Store store_;
  const crypto::Keyring token_keyring_;
  rpc::Identity identity_;
  service::EdgePtr edge_;
  settings::Settings settings_;
  http::Client http_;
  std::unique_ptr<Channel> email_;
  std::unique_ptr<Channel> sms_;
  Deps deps_;
  jobs::Jobs jobs_;
  quittance::events::Relay relay_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  quittance::events::Consumer consumer_;  // wakes a job
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace quittance::notifications
