// What happens to a call that was let in: keys, replies, faults, deadlines, clients that go away.
#include <google/protobuf/unknown_field_set.h>
#include <boost/asio/post.hpp>
#include <future>

#include "common/core/fault.h"
#include "tests/integration/rpc/edge_fixture.h"

namespace quittance::rpc {
namespace {

using std::chrono::milliseconds;

Task<Result<Plan>> ThrowingFault(const Call&, const GetPlanRequest&) {
  throw Fault("host=db password=hunter2");
  co_return Plan();
}
Task<Result<Plan>> ThrowingOverloaded(const Call&, const GetPlanRequest&) {
  throw Overloaded("the queue is full");
  co_return Plan();
}
Task<Result<Plan>> ThrowingDoubt(const Call&, const GetPlanRequest&) {
  throw CommitInDoubt("the connection broke");
  co_return Plan();
}
Task<Result<Plan>> ThrowingBug(const Call&, const GetPlanRequest&) {
  throw std::logic_error("password=hunter2");
  co_return Plan();
}

class Calls : public EdgeTest {
 protected:
  explicit Calls(int threads = 2) : EdgeTest(threads) {}
  CreatePlanRequest Keyed(const std::string& key) {
    CreatePlanRequest request;
    request.set_request_id(key);
    request.set_code("signaux-weekly");
    return request;
  }
  const std::string admin_ = AccountToken("subscriptions:admin subscriptions:read");
};

TEST_F(Calls, I12_AMissingKeyNamesItsField) {
  const grpc::Status status = CreatePlan(admin_, Keyed(""));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
  EXPECT_EQ(FieldOf(status), "request_id");
  EXPECT_EQ(hooks_.calls, 0);
}

TEST_F(Calls, I13_AKeyIs8To255PrintableAscii) {
  for (const std::string& key : {std::string("short12"), std::string(256, 'k'), std::string(10'240, 'k'), std::string("line\nfeed"),
                                 std::string("del\x7f"
                                             "ete1"),
                                 std::string("cl\xc3\xa9-unique"), std::string("nul\0inside", 10)}) {
    const grpc::Status status = CreatePlan(admin_, Keyed(key));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << key.size();
    EXPECT_EQ(FieldOf(status), "request_id");
  }
  EXPECT_EQ(hooks_.calls, 0);
  EXPECT_TRUE(CreatePlan(admin_, Keyed(std::string(8, 'k'))).ok());
  EXPECT_TRUE(CreatePlan(admin_, Keyed(std::string(255, 'k'))).ok());
}

TEST_F(Calls, TheKeyIsScopedToCallerAndMethod) {
  ASSERT_TRUE(CreatePlan(admin_, Keyed("plan-4711")).ok());
  const db::IdempotentCall first = hooks_.Last().once;
  EXPECT_EQ(first.tenant, tenant_);
  EXPECT_EQ(first.principal, AccountClaims("").subject);
  EXPECT_EQ(first.method, "quittance.subscriptions.v1.PlanService.CreatePlan");
  EXPECT_EQ(first.key, "plan-4711");
  ASSERT_TRUE(CreatePlan(admin_, Keyed("plan-4711")).ok());
  EXPECT_EQ(hooks_.Last().once.fingerprint, first.fingerprint);
  CreatePlanRequest other = Keyed("plan-4711");
  other.set_code("signaux-monthly");
  ASSERT_TRUE(CreatePlan(admin_, other).ok());
  EXPECT_NE(hooks_.Last().once.fingerprint, first.fingerprint);
}

TEST_F(Calls, I21_UnknownFieldsAreRefusedWhereAKeyIs) {
  CreatePlanRequest request = Keyed("plan-4711");
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(9999, 1);
  EXPECT_EQ(CreatePlan(admin_, request).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(hooks_.calls, 0);
}

TEST_F(Calls, I01_AReplayIsTheSameBytesAndSaysSo) {
  Plan stored;
  stored.set_id("plan_1");
  stored.set_code("signaux-weekly");
  bool replay = false;
  hooks_.create_plan = [&](const Call&, const CreatePlanRequest&) -> Task<Result<db::Reply>> {
    co_return db::Reply{stored.SerializeAsString(), "", replay};
  };
  Plan fresh, again;
  bool said = true;
  ASSERT_TRUE(CreatePlan(admin_, Keyed("plan-4711"), &fresh, &said).ok());
  EXPECT_FALSE(said);
  replay = true;
  ASSERT_TRUE(CreatePlan(admin_, Keyed("plan-4711"), &again, &said).ok());
  EXPECT_TRUE(said);
  EXPECT_EQ(fresh.SerializeAsString(), stored.SerializeAsString());
  EXPECT_EQ(again.SerializeAsString(), stored.SerializeAsString());
}

TEST_F(Calls, AReplyWithASecretIsGivenAsLongAsItIsThere) {
  Plan with, without;
  with.set_display_name("secret");
  without.set_display_name("");
  hooks_.create_plan = [&](const Call&, const CreatePlanRequest&) -> Task<Result<db::Reply>> {
    co_return db::Reply{without.SerializeAsString(), with.SerializeAsString(), false};
  };
  Plan plan;
  ASSERT_TRUE(CreatePlan(admin_, Keyed("plan-4711"), &plan).ok());
  EXPECT_EQ(plan.display_name(), "secret");
}

TEST_F(Calls, AReplyThatIsNoneIsAFaultOfOurs) {
  hooks_.create_plan = [](const Call&, const CreatePlanRequest&) -> Task<Result<db::Reply>> {
    co_return db::Reply{"\xff\xff\xff", "", false};
  };
  EXPECT_EQ(CreatePlan(admin_, Keyed("plan-4711")).error_code(), grpc::StatusCode::INTERNAL);
}

TEST_F(Calls, ARefusalCarriesItsDetails) {
  hooks_.get_plan = [](const Call& call, const GetPlanRequest&) -> Task<Result<Plan>> { co_return Missing(call.caller, "plan_id"); };
  EXPECT_EQ(GetPlan(admin_).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(GetPlan(admin_)), "NOT_FOUND");
  EXPECT_EQ(GetPlan(UserToken()).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(Calls, FaultsBecomeStatusesAndTellNothing) {
  struct Case {
    Task<Result<Plan>> (*hook)(const Call&, const GetPlanRequest&);
    grpc::StatusCode code;
    std::string reason;
  };
  for (const Case& one : std::vector<Case>{{ThrowingFault, grpc::StatusCode::UNAVAILABLE, "UNAVAILABLE"},
                                           {ThrowingOverloaded, grpc::StatusCode::RESOURCE_EXHAUSTED, "OVERLOADED"},
                                           {ThrowingDoubt, grpc::StatusCode::UNAVAILABLE, "COMMIT_IN_DOUBT"},
                                           {ThrowingBug, grpc::StatusCode::INTERNAL, "INTERNAL"}}) {
    hooks_.get_plan = one.hook;
    const grpc::Status status = GetPlan(admin_);
    EXPECT_EQ(status.error_code(), one.code);
    EXPECT_EQ(ReasonOf(status), one.reason);
    EXPECT_EQ(status.error_message().find("hunter2"), std::string::npos);
    EXPECT_EQ(status.error_details().find("hunter2"), std::string::npos);
  }
}

TEST_F(Calls, ADeadlineIsCappedAt30Seconds) {
  const auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", "Bearer " + admin_);
  Plan plan;
  ASSERT_TRUE(plan_stub_->GetPlan(context.get(), GetPlanRequest(), &plan).ok());
  const auto left = hooks_.Last().deadline - std::chrono::steady_clock::now();
  EXPECT_LE(left, std::chrono::seconds(30));
  EXPECT_GT(left, std::chrono::seconds(10));
}

TEST_F(Calls, N13_AMessageAbove4MegabytesIsRefused) {
  CreatePlanRequest request = Keyed("plan-4711");
  request.set_display_name(std::string(5 * 1024 * 1024, 'x'));
  EXPECT_EQ(CreatePlan(admin_, request).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(hooks_.calls, 0);
  EXPECT_TRUE(GetPlan(admin_).ok()) << "the server goes on";
}

TEST_F(Calls, I23_AClientThatGoesAwayDoesNotStopTheWork) {
  std::atomic<bool> began{false}, done{false};
  hooks_.create_plan = [&](const Call&, const CreatePlanRequest&) -> Task<Result<db::Reply>> {
    began = true;
    co_await async::Sleep(milliseconds(300));
    done = true;
    co_return db::Reply();
  };
  const auto context = Context(admin_);
  std::thread leaver([&] {
    while (!began) std::this_thread::sleep_for(milliseconds(5));
    context->TryCancel();
  });
  Plan plan;
  EXPECT_EQ(plan_stub_->CreatePlan(context.get(), Keyed("plan-4711"), &plan).error_code(), grpc::StatusCode::CANCELLED);
  leaver.join();
  EXPECT_FALSE(done);
  for (int i = 0; i < 100 && !done; ++i) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_TRUE(done);
}

TEST_F(Calls, EveryCallIsCounted) {
  ASSERT_TRUE(GetPlan(admin_).ok());
  EXPECT_FALSE(GetPlan("").ok());
  const std::string text = metrics_.Render();
  const std::string labels = "grpc_method=\"GetPlan\",grpc_service=\"quittance.subscriptions.v1.PlanService\",grpc_type=\"unary\"}";
  EXPECT_NE(text.find("grpc_server_started_total{" + labels + " 2"), std::string::npos) << text;
  EXPECT_NE(text.find("grpc_server_handled_total{grpc_code=\"OK\"," + labels + " 1"), std::string::npos);
  EXPECT_NE(text.find("grpc_server_handled_total{grpc_code=\"Unauthenticated\"," + labels + " 1"), std::string::npos);
  EXPECT_NE(text.find("grpc_server_handling_seconds_count{" + labels + " 2"), std::string::npos);
}

class OneThread : public Calls {
 protected:
  OneThread() : Calls(1) {}
};

// The call waits for the key of its token longer than it has time.
TEST_F(OneThread, N04_WorkWhoseDeadlineHasPassedIsNotBegun) {
  ASSERT_TRUE(GetPlan(admin_).ok());
  auth_.AddKey("k2", true);
  std::promise<void> held, over;
  boost::asio::post(executor_.context(), [&] {
    held.set_value();
    over.get_future().wait();  // holds the only thread, and with it the question to auth
  });
  held.get_future().wait();
  const auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", "Bearer " + auth_.Token(AccountClaims("subscriptions:read"), "k2"));
  context->set_deadline(std::chrono::system_clock::now() + milliseconds(100));
  Plan plan;
  EXPECT_EQ(plan_stub_->GetPlan(context.get(), GetPlanRequest(), &plan).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  over.set_value();
  ASSERT_TRUE(GetPlan(auth_.Token(AccountClaims("subscriptions:read"), "k2")).ok()) << "the key is known by now";
  EXPECT_EQ(hooks_.calls, 2) << "the first and the last one; not the one whose time was over";
}

}  // namespace
}  // namespace quittance::rpc
