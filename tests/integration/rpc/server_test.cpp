// The server around the edge: health, reflection by flag, a port of its own, drain.
#include <grpcpp/generic/generic_stub.h>

#include <future>

#include "common/core/fault.h"
#include "tests/integration/rpc/edge_fixture.h"

namespace quittance::rpc {
namespace {

using std::chrono::milliseconds;

// A call by its bytes, for services that we have no generated client of.
grpc::Status CallBytes(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& request,
                       std::string* answer) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  const grpc::Slice slice(request);
  const grpc::ByteBuffer out(&slice, 1);
  grpc::ByteBuffer in;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &out, &in, [&](grpc::Status status) { done.set_value(std::move(status)); });
  grpc::Status status = done.get_future().get();
  grpc::Slice whole;
  if (status.ok() && in.DumpToSingleSlice(&whole).ok()) answer->assign(reinterpret_cast<const char*>(whole.begin()), whole.size());
  return status;
}

class ServerTest : public EdgeTest {
 protected:
  std::string Health(const std::string& service) {
    std::string answer;
    const std::string request = service.empty() ? "" : "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
    const grpc::Status status = CallBytes(channel_, "/grpc.health.v1.Health/Check", request, &answer);
    return status.ok() ? answer : "status " + std::to_string(status.error_code());
  }
};

constexpr const char* kServing = "\x08\x01";

TEST_F(ServerTest, HealthKnowsEachService) {
  EXPECT_EQ(Health(""), kServing);
  EXPECT_EQ(Health("quittance.subscriptions.v1.PlanService"), kServing);
  EXPECT_EQ(Health("quittance.billing.v1.BillingService"), "status 5");
}

TEST_F(ServerTest, ReflectionAnswersOnlyByFlag) {
  std::string answer;
  const std::string list = "\x3a\x01*";  // list_services
  EXPECT_EQ(CallBytes(channel_, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", list, &answer).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  FakeAuth auth;
  const auto edge = MakeEdge({kIssuer, auth.Source()}, executor_, metrics_, clock_);
  Server open("127.0.0.1:0", true, {users_.get()}, *edge);
  const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(open.port()), grpc::InsecureChannelCredentials());
  ASSERT_TRUE(CallBytes(channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", list, &answer).ok());
  EXPECT_NE(answer.find("quittance.auth.v1.UserService"), std::string::npos);
  open.Drain(std::chrono::steady_clock::now() + std::chrono::seconds(1));
}

TEST_F(ServerTest, APortIsNotSharedWithAnotherProcess) {
  EXPECT_THROW(Server("127.0.0.1:" + std::to_string(server_->port()), false, {users_.get()}, *edge_), Fault);
}

TEST_F(ServerTest, D01_ADrainFinishesWhatIsInFlight) {
  std::atomic<bool> began{false};
  hooks_.get_plan = [&](const Call&, const GetPlanRequest&) -> Task<Result<Plan>> {
    began = true;
    co_await async::Sleep(milliseconds(300));
    co_return Plan();
  };
  std::thread drainer([&] {
    while (!began) std::this_thread::sleep_for(milliseconds(1));
    server_->Drain(std::chrono::steady_clock::now() + std::chrono::seconds(5));
  });
  EXPECT_TRUE(GetPlan(UserToken()).ok());
  drainer.join();
  EXPECT_EQ(GetPlan(UserToken()).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, D04_DrainingTwiceIsDrainingOnce) {
  server_->Drain(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  server_->Drain(std::chrono::steady_clock::now() + std::chrono::seconds(1));
}

// As after a restart under load: clients are there before the server is.
TEST_F(ServerTest, D03_TheFirstCallsOfAllFindTheirPolicies) {
  const std::string address = "127.0.0.1:" + std::to_string(server_->port());
  server_->Drain(std::chrono::steady_clock::now());
  for (int round = 0; round < 20; ++round) {
    std::vector<grpc::Status> first(8);
    std::vector<std::jthread> clients;
    for (auto& status : first) {
      clients.emplace_back([&] {
        grpc::ChannelArguments arguments;
        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 1);
        arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1);
        arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2);
        const auto stub =
            subscriptions::v1::PlanService::NewStub(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
        const auto context = Context(UserToken());
        context->set_wait_for_ready(true);
        GetPlanRequest request;
        Plan plan;
        status = stub->GetPlan(context.get(), request, &plan);
      });
    }
    std::this_thread::sleep_for(milliseconds(20));
    EdgeOptions options;  // a new process knows no method yet
    options.issuer = kIssuer;
    options.trust_source = auth_.Source();
    const auto edge = MakeEdge(std::move(options), executor_, metrics_, clock_);
    StartEdge(*edge);
    const auto plans = PlansOf(*edge);
    Server server(address, false, {plans.get()}, *edge);
    clients.clear();
    for (const auto& status : first) EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

TEST_F(ServerTest, N06_MetadataHasALimit) {
  EXPECT_FALSE(GetPlan(UserToken(), {{"x-padding", std::string(32 * 1024, 'p')}}).ok());
  // The connection may have been closed for it; the process lives.
  bool alive = false;
  for (int tries = 0; !alive && tries < 50; ++tries) {
    alive = GetPlan(UserToken()).ok();
    if (!alive) std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_TRUE(alive);
}

}  // namespace
}  // namespace quittance::rpc
