// The miniature process: fake services on the real Handle.
#include "tests/integration/rpc/edge_fixture.h"

#include <grpcpp/support/error_details.h>

#include "common/core/fault.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace quittance::rpc {

namespace {

const TimePoint kStart = FromUnixSeconds(1'800'000'000);

std::string Hex32(const std::string& tail) { return std::string(32 - tail.size(), '0') + tail; }

class FakePlans final : public subscriptions::v1::PlanService::CallbackService {
 public:
  FakePlans(Edge& edge, Hooks& hooks) : edge_(edge), hooks_(hooks) {}
  grpc::ServerUnaryReactor* GetPlan(grpc::CallbackServerContext* context, const GetPlanRequest* request, Plan* response) override {
    return Handle(edge_, context, request, response, [this](const Call& call, const GetPlanRequest& asked) -> Task<Result<Plan>> {
      hooks_.Saw(call);
      auto plan = co_await hooks_.get_plan(call, asked);
      co_return plan;
    });
  }
  grpc::ServerUnaryReactor* CreatePlan(grpc::CallbackServerContext* context, const CreatePlanRequest* request, Plan* response) override {
    return Handle(edge_, context, request, response, [this](const Call& call, const CreatePlanRequest& asked) -> Task<Result<db::Reply>> {
      hooks_.Saw(call);
      auto reply = co_await hooks_.create_plan(call, asked);
      co_return reply;
    });
  }

 private:
  Edge& edge_;
  Hooks& hooks_;
};

class FakeLogins final : public auth::v1::AuthService::CallbackService {
 public:
  FakeLogins(Edge& edge, Hooks& hooks) : edge_(edge), hooks_(hooks) {}
  grpc::ServerUnaryReactor* Login(grpc::CallbackServerContext* context, const LoginRequest* request, LoginResponse* response) override {
    return Handle(edge_, context, request, response, [this](const Call& call, const LoginRequest&) -> Task<Result<LoginResponse>> {
      hooks_.Saw(call);
      co_return LoginResponse();
    });
  }
  grpc::ServerUnaryReactor* RefreshToken(grpc::CallbackServerContext* context, const RefreshTokenRequest* request,
                                         TokenPair* response) override {
    return Handle(edge_, context, request, response, [this](const Call& call, const RefreshTokenRequest&) -> Task<Result<TokenPair>> {
      hooks_.Saw(call);
      co_return TokenPair();
    });
  }

 private:
  Edge& edge_;
  Hooks& hooks_;
};

class FakeAccounts final : public auth::v1::AccountService::CallbackService {
 public:
  FakeAccounts(Edge& edge, Hooks& hooks) : edge_(edge), hooks_(hooks) {}
  grpc::ServerUnaryReactor* EnrollTotp(grpc::CallbackServerContext* context, const EnrollTotpRequest* request,
                                       EnrollTotpResponse* response) override {
    return Handle(edge_, context, request, response, [this](const Call& call, const EnrollTotpRequest&) -> Task<Result<db::Reply>> {
      hooks_.Saw(call);
      co_return db::Reply();
    });
  }

 private:
  Edge& edge_;
  Hooks& hooks_;
};

class FakeUsers final : public auth::v1::UserService::CallbackService {
 public:
  FakeUsers(Edge& edge, Hooks& hooks) : edge_(edge), hooks_(hooks) {}
  // Answers with the tenant that the call is about.
  grpc::ServerUnaryReactor* GetUser(grpc::CallbackServerContext* context, const GetUserRequest* request, User* response) override {
    return Handle(edge_, context, request, response, [this](const Call& call, const GetUserRequest& asked) -> Task<Result<User>> {
      hooks_.Saw(call);
      const auto tenant = call.TenantFor(asked.tenant_id());
      if (!tenant.ok()) co_return tenant.error();
      User user;
      user.set_id(tenant->ToString());
      co_return user;
    });
  }
  grpc::ServerUnaryReactor* FreezeUser(grpc::CallbackServerContext* context, const FreezeUserRequest* request, User* response) override {
    return Handle(edge_, context, request, response, [this](const Call& call, const FreezeUserRequest&) -> Task<Result<db::Reply>> {
      hooks_.Saw(call);
      co_return db::Reply();
    });
  }
  grpc::ServerUnaryReactor* ResolveContacts(grpc::CallbackServerContext* context, const ResolveContactsRequest* request,
                                            ResolveContactsResponse* response) override {
    return Handle(edge_, context, request, response,
                  [this](const Call& call, const ResolveContactsRequest&) -> Task<Result<ResolveContactsResponse>> {
                    hooks_.Saw(call);
                    co_return ResolveContactsResponse();
                  });
  }

 private:
  Edge& edge_;
  Hooks& hooks_;
};

Task<TrustUpdate> Give(std::function<TrustUpdate()> answer) { co_return answer(); }

Task<Result<Plan>> EmptyPlan(const Call&, const GetPlanRequest&) { co_return Plan(); }
Task<Result<db::Reply>> EmptyReply(const Call&, const CreatePlanRequest&) { co_return db::Reply(); }

template <class Detail>
std::optional<Detail> Find(const grpc::Status& status) {
  google::rpc::Status rich;
  Detail detail;
  if (!grpc::ExtractErrorDetails(status, &rich).ok()) return std::nullopt;
  for (const auto& any : rich.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

}  // namespace

void Hooks::Saw(const Call& call) {
  ++calls;
  const std::lock_guard lock(mutex);
  last = call;
}

Call Hooks::Last() {
  const std::lock_guard lock(mutex);
  return last.value();
}

FakeAuth::FakeAuth() { AddKey("k1", true); }

TrustSource FakeAuth::Source() {
  return [this](std::string) { return Give([this] { return Answer(); }); };
}

TrustUpdate FakeAuth::Answer() {
  ++polls_;
  const std::lock_guard lock(mutex_);
  if (down_) throw Fault("auth is down");
  return update_;
}

std::string FakeAuth::Token(const crypto::Claims& claims, const std::string& kid) {
  return crypto::SignToken(claims, kid, crypto::PrivateKey(keys_.at(kid).private_key));
}

void FakeAuth::AddKey(const std::string& kid, bool published) {
  keys_[kid] = crypto::NewEs256Key();
  if (published) Publish(kid);
}

void FakeAuth::Publish(const std::string& kid) {
  const std::lock_guard lock(mutex_);
  update_.keys[kid] = keys_.at(kid).public_key;
}

void FakeAuth::Revoke(RevocationInfo revocation) {
  const std::lock_guard lock(mutex_);
  update_.revocations.push_back(std::move(revocation));
}

void FakeAuth::AddTenant(TenantInfo tenant) {
  const std::lock_guard lock(mutex_);
  update_.tenants.push_back(std::move(tenant));
}

void FakeAuth::SetDown(bool down) {
  const std::lock_guard lock(mutex_);
  down_ = down;
}

EdgeTest::EdgeTest(int threads, int service_account_rate, const Secret& token_secrets)
    : executor_(threads), clock_(kStart), tenant_(*TenantId::Parse("ten_" + Hex32("a1"), "tenant")), edge_(nullptr, [](Edge*) {}) {
  hooks_.get_plan = EmptyPlan;
  hooks_.create_plan = EmptyReply;
  EdgeOptions options;
  options.issuer = kIssuer;
  options.token_secrets = token_secrets;
  options.trust_source = auth_.Source();
  options.service_account_rate = service_account_rate;
  edge_ = MakeEdge(std::move(options), executor_, metrics_, clock_);
  StartEdge(*edge_);
  plans_ = std::make_unique<FakePlans>(*edge_, hooks_);
  logins_ = std::make_unique<FakeLogins>(*edge_, hooks_);
  users_ = std::make_unique<FakeUsers>(*edge_, hooks_);
  accounts_ = std::make_unique<FakeAccounts>(*edge_, hooks_);
  server_ = std::make_unique<Server>("127.0.0.1:0", false,
                                     std::vector<grpc::Service*>{plans_.get(), logins_.get(), users_.get(), accounts_.get()}, *edge_);
  channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials());
  plan_stub_ = subscriptions::v1::PlanService::NewStub(channel_);
  login_stub_ = auth::v1::AuthService::NewStub(channel_);
  user_stub_ = auth::v1::UserService::NewStub(channel_);
  account_stub_ = auth::v1::AccountService::NewStub(channel_);
}

std::unique_ptr<grpc::Service> EdgeTest::PlansOf(Edge& edge) { return std::make_unique<FakePlans>(edge, hooks_); }

EdgeTest::~EdgeTest() {
  server_->Drain(std::chrono::steady_clock::now() + std::chrono::seconds(5));
  executor_.Drain(std::chrono::steady_clock::now() + std::chrono::seconds(5));
}

crypto::Claims EdgeTest::UserClaims(const std::string& scope) {
  crypto::Claims claims;
  claims.issuer = kIssuer;
  claims.audience = "quittance";
  claims.subject = "usr_" + Hex32("b1");
  claims.session = "ses_" + Hex32("c1");
  claims.tenant = tenant_.ToString();
  claims.scope = scope;
  claims.issued = clock_.Now();
  claims.expires = clock_.Now() + std::chrono::minutes(30);
  claims.jti = "jti-1";
  return claims;
}

crypto::Claims EdgeTest::AccountClaims(const std::string& scope) {
  crypto::Claims claims = UserClaims(scope);
  claims.subject = "svc_" + Hex32("d1");
  claims.session = "";
  return claims;
}

std::unique_ptr<grpc::ClientContext> EdgeTest::Context(const std::string& token, const Metadata& metadata) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  if (!token.empty()) context->AddMetadata("authorization", "Bearer " + token);
  for (const auto& [key, value] : metadata) context->AddMetadata(key, value);
  return context;
}

grpc::Status EdgeTest::GetPlan(const std::string& token, const Metadata& metadata) {
  const auto context = Context(token, metadata);
  Plan plan;
  return plan_stub_->GetPlan(context.get(), GetPlanRequest(), &plan);
}

grpc::Status EdgeTest::CreatePlan(const std::string& token, const CreatePlanRequest& request, Plan* plan, bool* replayed) {
  const auto context = Context(token);
  Plan ignored;
  const grpc::Status status = plan_stub_->CreatePlan(context.get(), request, plan == nullptr ? &ignored : plan);
  if (replayed != nullptr) *replayed = context->GetServerInitialMetadata().count("idempotent-replayed") == 1;
  return status;
}

grpc::Status EdgeTest::Login(const std::string& token, const Metadata& metadata) {
  const auto context = Context(token, metadata);
  LoginResponse response;
  return login_stub_->Login(context.get(), LoginRequest(), &response);
}

std::string ReasonOf(const grpc::Status& status) {
  const auto info = Find<google::rpc::ErrorInfo>(status);
  return info && info->domain() == "quittance" ? info->reason() : "";
}

std::string FieldOf(const grpc::Status& status) {
  const auto bad = Find<google::rpc::BadRequest>(status);
  return bad && bad->field_violations_size() > 0 ? bad->field_violations(0).field() : "";
}

bool HasRetryInfo(const grpc::Status& status) { return Find<google::rpc::RetryInfo>(status).has_value(); }
bool HasQuotaFailure(const grpc::Status& status) { return Find<google::rpc::QuotaFailure>(status).has_value(); }

}  // namespace quittance::rpc
