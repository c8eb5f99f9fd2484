// quittance-subscriptions: its parts in dependency order, threads last, so that destruction is the drain order.
#pragma once

#include "common/http/client.h"
#include "common/jobs/jobs.h"
#include "common/service/parts.h"
#include "services/subscriptions/api/peers.h"
#include "services/subscriptions/config.h"
#include "services/subscriptions/deps.h"
#include "services/subscriptions/membership/telegram_bot.h"

namespace quittance::subscriptions {

class App {
 public:
  App(const Config& config, service::Runtime& runtime);
  ~App();
  void Start();
  void Drain(SteadyTime deadline);

 private:
  const Config config_;
  service::Runtime& runtime_;
  service::Store store_;
  settings::Settings settings_;
  http::Client http_;
  TelegramBot bot_;
  Vault vault_;
  rpc::Identity identity_;
  api::Peers peers_;
  Deps deps_;
  jobs::Jobs jobs_;  // woken by use cases
  quittance::events::Relay relay_;
  service::EdgePtr edge_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<rpc::Server> server_;
  quittance::events::Consumer consumer_;
};

}  // namespace quittance::subscriptions
