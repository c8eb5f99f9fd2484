// quittance-billing: its parts in dependency order, threads last, so that destruction is the drain order.
#pragma once

#include "common/http/client.h"
#include "common/jobs/jobs.h"
#include "common/service/parts.h"
#include "services/billing/api/peers.h"
#include "services/billing/config.h"
#include "services/billing/usecases/hot_paths.h"
#include "services/billing/usecases/watch_payment_intent.h"

namespace quittance::billing {

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
  std::unique_ptr<psp::Registry> psps_;
  Metrics metrics_;
  rpc::Identity identity_;
  api::Peers peers_;
  Deps deps_;
  HotPaths hot_;
  WatchHub watch_;
  jobs::Jobs jobs_;  // woken by use cases
  ::quittance::events::Relay relay_;
  service::EdgePtr edge_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<rpc::Server> server_;
  ::quittance::events::Consumer consumer_;
};

}  // namespace quittance::billing
