// The edge of a process: made once, given its services by the server, stopped by its drain.
#include "common/rpc/edge.h"

#include "common/log/log.h"
#include "common/rpc/edge_impl.h"

namespace quittance::rpc {

std::unique_ptr<Edge, void (*)(Edge*)> MakeEdge(EdgeOptions options, async::Executor& executor, metrics::Registry& metrics,
                                                const Clock& clock) {
  return {new Edge(std::move(options), executor, metrics, clock), [](Edge* edge) { delete edge; }};
}

Trust& TrustOf(Edge& edge) { return edge.trust; }
void StartEdge(Edge& edge) { edge.trust.Start(); }
void StopEdge(Edge& edge) { edge.trust.Stop(); }
bool TrustFresh(const Edge& edge) { return edge.trust.HasKeys(); }
std::chrono::seconds TrustAge(const Edge& edge) { return edge.trust.age(); }
async::Executor& ExecutorOf(Edge& edge) { return edge.executor; }

void RegisterServices(Edge& edge, const std::vector<std::string>& services) {
  for (const std::string& service : services) {
    if (service.starts_with("grpc.")) continue;  // health and reflection are gRPC's own; none of our handlers stands behind them
    for (const std::string& problem : edge.methods.Add(service)) log::Error("rpc refused for good", {{"problem", problem}});
  }
}

Result<TenantId> Call::TenantFor(std::string_view requested, std::string_view field) const {
  const bool process = caller.HasScope("platform:service");
  if (requested.empty() && !process) return caller.tenant;
  auto named = TenantId::Parse(requested, field);
  if (!named) return named.error();
  if (!process && *named != caller.tenant) return PermissionDenied();
  return *named;
}

}  // namespace quittance::rpc
