// The two stubs. A refusal other than "there is none" is a fault: the caller tries again.
#include "services/billing/api/peers.h"

#include "common/rpc/channel.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"

namespace quittance::billing::api {
namespace {

const Cause kBilling{"system:billing", ""};

}  // namespace

struct Peers::Impl {
  rpc::Identity& identity;
  std::unique_ptr<auth::v1::UserService::Stub> users;
  std::unique_ptr<subscriptions::v1::PlanService::Stub> plans;
};

Peers::Peers(rpc::Identity& identity, const std::string& auth_target, const std::string& subscriptions_target)
    : impl_(new Impl{identity, auth::v1::UserService::NewStub(rpc::MakeChannel(auth_target)),
                     subscriptions::v1::PlanService::NewStub(rpc::MakeChannel(subscriptions_target))}) {}

Peers::~Peers() = default;

Task<std::optional<Offer>> Peers::AskPlan(TenantId tenant, std::string plan_code) {
  using Request = subscriptions::v1::GetPlanRequest;
  using Response = subscriptions::v1::Plan;
  Request request;
  request.set_code(plan_code);
  request.set_tenant_id(tenant.ToString());
  rpc::Starter<Request, Response> start = [this](grpc::ClientContext* context, const Request* req, Response* res,
                                                 std::function<void(grpc::Status)> done) {
    impl_->plans->async()->GetPlan(context, req, res, std::move(done));
  };
  Result<Response> answer = co_await rpc::Invoke<Request, Response>(impl_->identity, start, request, kBilling);
  if (!answer && answer.error().reason == Reason::kNotFound) co_return std::nullopt;
  if (!answer) throw Fault("subscriptions refused GetPlan: " + answer.error().message);
  const auto currency = Currency::Parse(answer->price().currency_code());
  if (!currency) throw Fault("subscriptions named a plan's price in no currency");
  const bool active = answer->status() == Response::STATUS_ACTIVE;
  co_return Offer{answer->code(), answer->id(), Money{answer->price().amount_minor(), *currency}, active, answer->version()};
}

Task<std::optional<std::int64_t>> Peers::AskUser(TenantId tenant, UserId user) {
  using Request = auth::v1::GetUserRequest;
  using Response = auth::v1::User;
  Request request;
  request.set_user_id(user.ToString());
  request.set_tenant_id(tenant.ToString());
  rpc::Starter<Request, Response> start = [this](grpc::ClientContext* context, const Request* req, Response* res,
                                                 std::function<void(grpc::Status)> done) {
    impl_->users->async()->GetUser(context, req, res, std::move(done));
  };
  Result<Response> answer = co_await rpc::Invoke<Request, Response>(impl_->identity, start, request, kBilling);
  if (!answer && answer.error().reason == Reason::kNotFound) co_return std::nullopt;
  if (!answer) throw Fault("auth refused GetUser: " + answer.error().message);
  if (answer->status() == Response::STATUS_ERASED) co_return std::nullopt;
  co_return std::int64_t{0};
}

}  // namespace quittance::billing::api
