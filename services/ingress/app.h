// The ingress as a process: one HTTP server in front of three channels. It keeps nothing; of trust it reads the tenants' origins.
#pragma once

#include "common/http/server.h"
#include "common/rpc/channel.h"
#include "common/service/run.h"
#include "services/ingress/api/forward.h"
#include "services/ingress/api/front.h"
#include "services/ingress/config.h"

namespace quittance::ingress {

class App {
 public:
  App(const Config& config, service::Runtime& runtime);
  void Start();
  void Drain(SteadyTime deadline);

 private:
  const std::string listen_;
  rpc::Identity identity_;
  rpc::Trust trust_;
  Forward forward_;
  Origins origins_;
  Front front_;
  http::Server server_;
};

}  // namespace quittance::ingress
