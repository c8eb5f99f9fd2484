// quittance-auth: its parts in dependency order, threads last, so that destruction is the drain order.
#pragma once

#include "common/http/client.h"
#include "common/jobs/jobs.h"
#include "common/service/parts.h"
#include "common/settings/settings.h"
#include "services/auth/api/person_document.h"
#include "services/auth/config.h"
#include "services/auth/deps.h"

namespace quittance::auth {

class App {
 public:
  App(const Config& config, service::Runtime& runtime);
  ~App();
  void Start();
  void Drain(SteadyTime deadline);

  static const std::vector<service::Command> kCommands;

 private:
  const Config config_;
  service::Runtime& runtime_;
  service::Store store_;
  Vault vault_;
  Signer signer_;
  PasswordHasher passwords_;
  settings::Settings settings_;
  http::Client http_;
  Issuers issuers_;
  Deps deps_;
  quittance::events::Relay relay_;
  service::EdgePtr edge_;
  api::PersonDocument person_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<rpc::Server> server_;
  jobs::Jobs jobs_;
};

}  // namespace quittance::auth
