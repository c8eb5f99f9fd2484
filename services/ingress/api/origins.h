// Which browsers may read what the ingress answers (CORS): origins that the tenant of the route lists in UpdateTenant, on a route without a
// tenant those that any tenant lists. Invariant: never `*`, never credentials; from another origin a request is answered as ever, only
// nothing of it is shown to the page that sent it, and it is counted.
#pragma once

#include <string>

#include "common/http/server.h"
#include "common/rpc/trust_poll.h"

namespace quittance::ingress {

class Origins {
 public:
  // `public_url`: pages of the ingress itself are no other origin.
  Origins(const rpc::Trust& trust, const std::string& public_url, metrics::Registry& metrics);

  // `tenant`: the code in the path; empty where the route names none.
  void Mark(const http::ServerRequest& request, const std::string& tenant, http::ServerResponse& answer);
  // The answer to OPTIONS; `methods` are those of the path.
  http::ServerResponse Preflight(const http::ServerRequest& request, const std::string& tenant, const std::string& methods);

 private:
  bool IsCrossOrigin(const http::ServerRequest& request) const;
  std::string Allowed(const http::ServerRequest& request, const std::string& tenant);  // empty: not allowed

  const rpc::Trust& trust_;
  const std::string own_;
  metrics::Counter& allowed_;
  metrics::Counter& blocked_;
};

}  // namespace quittance::ingress
