// The server of a process. Invariant: reflection answers only where the flag says so, whatever libraries are linked; a port that is taken
// is a fault at start-up, not two processes behind one port.
#include "common/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>

#include "common/core/fault.h"
#include "common/log/log.h"
#include "common/rpc/channel.h"
#include "common/rpc/edge.h"
#include "common/rpc/tls.h"

namespace quittance::rpc {

namespace {

constexpr int kMetadataBytesMax = 16 * 1024;
constexpr int kStreamsMax = 1000;                      // concurrent calls of one connection
constexpr std::size_t kMemoryMax = 256 * 1024 * 1024;  // of all calls in gRPC; beyond, connections are throttled and streams cut
constexpr int kConnectionAgeMs = 600'000;              // clients come back and find new replicas
constexpr int kConnectionAgeGraceMs = 60'000;
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kPingIntervalMinMs = 10'000;  // of clients, without calls
constexpr const char* kReflectionPlugin = "proto_server_reflection";

// Hears which services the builder has got while nothing is served yet: Finish would be after the server has begun to take calls, and the
// first of them would find no policy.
class ServiceList final : public grpc::ServerBuilderPlugin {
 public:
  explicit ServiceList(std::function<void(const std::vector<std::string>&)> tell) : tell_(std::move(tell)) {}
  std::string name() override { return "quittance_service_list"; }
  void InitServer(grpc::ServerInitializer* initializer) override { tell_(*initializer->GetServiceList()); }
  void Finish(grpc::ServerInitializer*) override {}
  void ChangeArguments(const std::string&, void*) override {}

 private:
  std::function<void(const std::vector<std::string>&)> tell_;
};

class Plugins final : public grpc::ServerBuilderOption {
 public:
  Plugins(bool reflection, std::function<void(const std::vector<std::string>&)> tell) : reflection_(reflection), tell_(std::move(tell)) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    // The reflection library joins every builder of the process by itself.
    if (!reflection_) std::erase_if(*plugins, [](const auto& plugin) { return plugin->name() == kReflectionPlugin; });
    plugins->push_back(std::make_unique<ServiceList>(tell_));
  }

 private:
  bool reflection_;
  std::function<void(const std::vector<std::string>&)> tell_;
};

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetMaxSendMessageSize(kMessageBytesMax);
  builder.SetResourceQuota(grpc::ResourceQuota("quittance").Resize(kMemoryMax));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionAgeGraceMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kPingIntervalMinMs);
}

}  // namespace

struct Server::Impl {
  Edge& edge;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  bool drained = false;
};

Server::Server(std::string address, bool reflection, std::vector<grpc::Service*> services, Edge& edge) : impl_(new Impl{edge, nullptr}) {
  grpc::EnableDefaultHealthCheckService(true);
  if (reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::vector<std::string> names;
  grpc::ServerBuilder builder;
  SetLimits(builder);
  builder.SetOption(std::make_unique<Plugins>(reflection, [&](const std::vector<std::string>& list) {
    names = list;
    RegisterServices(edge, list);
  }));
  builder.AddListeningPort(address, ServerTls(), &impl_->port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  impl_->server = builder.BuildAndStart();
  if (impl_->server == nullptr || impl_->port == 0) throw Fault("cannot listen for gRPC on " + address);
  for (const std::string& name : names) impl_->server->GetHealthCheckService()->SetServingStatus(name, true);
  log::Info("listening", {{"protocol", "grpc"}, {"address", address}, {"port", impl_->port}});
}

Server::~Server() { Drain(std::chrono::steady_clock::now()); }

int Server::port() const { return impl_->port; }

void Server::Drain(SteadyTime deadline) {
  if (impl_->drained) return;
  impl_->drained = true;
  StopEdge(impl_->edge);
  if (impl_->server == nullptr) return;
  impl_->server->GetHealthCheckService()->Shutdown();  // NOT_SERVING, whatever is set later
  const auto left = deadline - std::chrono::steady_clock::now();
  impl_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
  impl_->server->Wait();
}

}  // namespace quittance::rpc
