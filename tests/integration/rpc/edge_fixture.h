// A process in miniature: an edge over a trust source that the test fills, a server with two fake services, and clients of it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <mutex>

#include "common/core/clock.h"
#include "common/rpc/handle.h"
#include "common/rpc/server.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"

namespace quittance::rpc {

using auth::v1::EnrollTotpRequest;
using auth::v1::EnrollTotpResponse;
using auth::v1::FreezeUserRequest;
using auth::v1::GetUserRequest;
using auth::v1::LoginRequest;
using auth::v1::LoginResponse;
using auth::v1::RefreshTokenRequest;
using auth::v1::ResolveContactsRequest;
using auth::v1::ResolveContactsResponse;
using auth::v1::TokenPair;
using auth::v1::User;
using subscriptions::v1::CreatePlanRequest;
using subscriptions::v1::GetPlanRequest;
using subscriptions::v1::Plan;

inline constexpr const char* kIssuer = "https://pay.example.com";

// What the fake services do; a test replaces what it looks at. `calls` counts functions that ran.
struct Hooks {
  std::function<Task<Result<Plan>>(const Call&, const GetPlanRequest&)> get_plan;
  std::function<Task<Result<db::Reply>>(const Call&, const CreatePlanRequest&)> create_plan;
  std::atomic<int> calls{0};
  std::mutex mutex;
  std::optional<Call> last;

  void Saw(const Call& call);
  Call Last();
};

// Signs tokens, answers polls.
class FakeAuth {
 public:
  FakeAuth();
  TrustSource Source();
  std::string Token(const crypto::Claims& claims, const std::string& kid = "k1");
  void AddKey(const std::string& kid, bool published);
  void Publish(const std::string& kid);
  void Revoke(RevocationInfo revocation);
  void AddTenant(TenantInfo tenant);
  void SetDown(bool down);
  int polls() const { return polls_; }

 private:
  TrustUpdate Answer();
  std::mutex mutex_;
  std::map<std::string, crypto::KeyPair> keys_;
  TrustUpdate update_;
  bool down_ = false;
  std::atomic<int> polls_{0};
};

class EdgeTest : public ::testing::Test {
 protected:
  explicit EdgeTest(int threads = 2, int service_account_rate = kServiceAccountRate, const Secret& token_secrets = {});
  ~EdgeTest() override;

  // Claims of a user or an account of this test's tenant, alive for 30 minutes.
  crypto::Claims UserClaims(const std::string& scope = "");
  crypto::Claims AccountClaims(const std::string& scope);
  std::string UserToken(const std::string& scope = "") { return auth_.Token(UserClaims(scope)); }
  std::string AccountToken(const std::string& scope) { return auth_.Token(AccountClaims(scope)); }

  using Metadata = std::vector<std::pair<std::string, std::string>>;
  static std::unique_ptr<grpc::ClientContext> Context(const std::string& token, const Metadata& metadata = {});
  grpc::Status GetPlan(const std::string& token, const Metadata& metadata = {});
  grpc::Status CreatePlan(const std::string& token, const CreatePlanRequest& request, Plan* plan = nullptr, bool* replayed = nullptr);
  grpc::Status Login(const std::string& token = "", const Metadata& metadata = {});

  async::Executor executor_;
  metrics::Registry metrics_;
  ManualClock clock_;
  FakeAuth auth_;
  Hooks hooks_;
  TenantId tenant_;
  std::unique_ptr<grpc::Service> PlansOf(Edge& edge);  // the same fake behind another edge

  std::unique_ptr<Edge, void (*)(Edge*)> edge_;
  std::unique_ptr<subscriptions::v1::PlanService::CallbackService> plans_;
  std::unique_ptr<auth::v1::AuthService::CallbackService> logins_;
  std::unique_ptr<auth::v1::UserService::CallbackService> users_;
  std::unique_ptr<auth::v1::AccountService::CallbackService> accounts_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<subscriptions::v1::PlanService::Stub> plan_stub_;
  std::unique_ptr<auth::v1::AuthService::Stub> login_stub_;
  std::unique_ptr<auth::v1::UserService::Stub> user_stub_;
  std::unique_ptr<auth::v1::AccountService::Stub> account_stub_;
};

// What a status says in its details.
std::string ReasonOf(const grpc::Status& status);
std::string FieldOf(const grpc::Status& status);
bool HasRetryInfo(const grpc::Status& status);
bool HasQuotaFailure(const grpc::Status& status);

}  // namespace quittance::rpc
