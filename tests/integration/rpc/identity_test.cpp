// Calls to others: the token of this process, its renewal, and what an answer becomes.
#include "common/core/fault.h"
#include "common/rpc/channel.h"
#include "tests/integration/rpc/edge_fixture.h"

namespace quittance::rpc {
namespace {

using auth::v1::ExchangeClientCredentialsRequest;
using std::chrono::milliseconds;

// Gives tokens by plan, without an edge.
class TokenShop final : public auth::v1::AuthService::CallbackService {
 public:
  grpc::ServerUnaryReactor* ExchangeClientCredentials(grpc::CallbackServerContext* context, const ExchangeClientCredentialsRequest* request,
                                                      TokenPair* response) override {
    ++exchanges;
    auto* reactor = context->DefaultReactor();
    if (request->client_secret() != "s3cret") {
      reactor->Finish(ToStatus(Unauthenticated(Reason::kCredentialsInvalid, "no")));
      return reactor;
    }
    response->set_access_token(token());
    response->set_expires_in(life);
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::function<std::string()> token;
  std::atomic<int> exchanges{0};
  std::atomic<int> life{1800};
};

class IdentityTest : public EdgeTest {
 protected:
  IdentityTest() {
    shop_.token = [this] { return AccountToken("subscriptions:read subscriptions:admin platform:service"); };
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&shop_);
    shop_server_ = builder.BuildAndStart();
    target_ = "127.0.0.1:" + std::to_string(port);
    stub_ = subscriptions::v1::PlanService::NewStub(MakeChannel("127.0.0.1:" + std::to_string(server_->port())));
  }

  Identity Me(const std::string& secret = "s3cret") {
    return Identity({target_, "svc_000000000000000000000000000000d1", Secret(secret)}, executor_);
  }

  Result<Plan> Ask(Identity& identity, milliseconds timeout = milliseconds(2000)) {
    Starter<GetPlanRequest, Plan> start = [this](auto* context, auto* request, auto* response, auto done) {
      stub_->async()->GetPlan(context, request, response, std::move(done));
    };
    return async::RunSync(executor_, Invoke<GetPlanRequest, Plan>(identity, start, GetPlanRequest(), Cause{"test", ""}, timeout));
  }

  TokenShop shop_;
  std::unique_ptr<grpc::Server> shop_server_;
  std::string target_;
  std::unique_ptr<subscriptions::v1::PlanService::Stub> stub_;
};

TEST_F(IdentityTest, OneExchangeServesAllThatWait) {
  Identity me = Me();
  std::vector<std::thread> callers;
  for (int i = 0; i < 10; ++i) callers.emplace_back([&] { EXPECT_TRUE(Ask(me).ok()); });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(shop_.exchanges, 1);
  EXPECT_EQ(hooks_.calls, 10);
}

TEST_F(IdentityTest, ARefusedTokenIsRenewedOnce) {
  Identity me = Me();
  ASSERT_TRUE(Ask(me).ok());
  clock_.Advance(std::chrono::hours(24 * 5));  // business time goes on: the token is dead, its steady life is not
  EXPECT_TRUE(Ask(me).ok());
  EXPECT_EQ(shop_.exchanges, 2);
}

TEST_F(IdentityTest, ATokenThatStaysRefusedIsAFault) {
  shop_.token = [] { return std::string("not.a.token"); };
  Identity me = Me();
  EXPECT_THROW((void)Ask(me), Fault);
  EXPECT_EQ(shop_.exchanges, 2);
}

TEST_F(IdentityTest, AShortLivedTokenIsRenewedBeforeItsEnd) {
  shop_.life = 6;  // below what is still handed out after a second
  Identity me = Me();
  ASSERT_TRUE(Ask(me).ok());
  std::this_thread::sleep_for(milliseconds(1200));
  ASSERT_TRUE(Ask(me).ok());
  EXPECT_EQ(shop_.exchanges, 2);
}

TEST_F(IdentityTest, RefusedCredentialsAreNotTriedInALoop) {
  Identity me = Me("wrong");
  for (int i = 0; i < 5; ++i) EXPECT_THROW((void)Ask(me), Fault);
  EXPECT_EQ(shop_.exchanges, 1);
  EXPECT_EQ(hooks_.calls, 0);
}

TEST_F(IdentityTest, ARefusalIsAnErrorAndAFaultIsThrown) {
  Identity me = Me();
  hooks_.get_plan = [](const Call& call, const GetPlanRequest&) -> Task<Result<Plan>> { co_return Missing(call.caller, "plan_id"); };
  const Result<Plan> missing = Ask(me);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().reason, Reason::kNotFound);
  EXPECT_EQ(missing.error().metadata.at("field"), "plan_id");

  hooks_.get_plan = [](const Call&, const GetPlanRequest&) -> Task<Result<Plan>> {
    co_await async::Sleep(milliseconds(500));
    co_return Plan();
  };
  EXPECT_THROW((void)Ask(me, milliseconds(100)), Fault) << "a deadline";
  server_->Drain(std::chrono::steady_clock::now() + std::chrono::seconds(2));
  EXPECT_THROW((void)Ask(me), Fault) << "nobody there";
}

TEST_F(IdentityTest, N05_UnavailableIsTriedAgainWithinBounds) {
  Identity me = Me();
  std::atomic<int> asked{0};
  hooks_.get_plan = [&](const Call&, const GetPlanRequest&) -> Task<Result<Plan>> {
    if (++asked < 3) co_return Unavailable("not yet");
    co_return Plan();
  };
  EXPECT_TRUE(Ask(me).ok());
  EXPECT_EQ(asked, 3);
  hooks_.get_plan = [&](const Call&, const GetPlanRequest&) -> Task<Result<Plan>> {
    ++asked;
    co_return Unavailable("never");
  };
  asked = 0;
  EXPECT_THROW((void)Ask(me), Fault);
  EXPECT_EQ(asked, 4);
}

TEST_F(IdentityTest, AuthBeingDownIsAFaultAndPasses) {
  Identity me = Me();
  shop_server_->Shutdown();
  EXPECT_THROW((void)Ask(me), Fault);
}

TEST_F(IdentityTest, TheTraceGoesAlong) {
  Identity me = Me();
  Starter<GetPlanRequest, Plan> start = [this](auto* context, auto* request, auto* response, auto done) {
    stub_->async()->GetPlan(context, request, response, std::move(done));
  };
  const Cause cause{"test", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
  ASSERT_TRUE(async::RunSync(executor_, Invoke<GetPlanRequest, Plan>(me, start, GetPlanRequest(), cause, milliseconds(2000))).ok());
  EXPECT_EQ(hooks_.Last().cause.traceparent.substr(3, 32), "4bf92f3577b34da6a3ce929d0e0e4736");
}

}  // namespace
}  // namespace quittance::rpc
