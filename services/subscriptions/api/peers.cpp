// The two stubs. A refusal that cannot be a rule of ours (a broken answer, a lost right) is a fault: the caller waits.
#include "services/subscriptions/api/peers.h"

#include "common/rpc/channel.h"
#include "common/rpc/proto_time.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "quittance/billing/v1/billing.grpc.pb.h"
#include "services/subscriptions/wire.h"

namespace quittance::subscriptions::api {
namespace {

std::vector<UserId> UsersOf(const google::protobuf::RepeatedPtrField<std::string>& ids) {
  std::vector<UserId> users;
  for (const auto& text : ids) {
    const auto id = UserId::Parse(text, "user_ids");
    if (!id) throw Fault("billing named a user by something that is not an id");
    users.push_back(*id);
  }
  return users;
}

}  // namespace

struct Peers::Impl {
  rpc::Identity& identity;
  std::unique_ptr<auth::v1::UserService::Stub> users;
  std::unique_ptr<billing::v1::BillingService::Stub> billing;
};

Peers::Peers(rpc::Identity& identity, const std::string& auth_target, const std::string& billing_target)
    : impl_(new Impl{identity, auth::v1::UserService::NewStub(rpc::MakeChannel(auth_target)),
                     billing::v1::BillingService::NewStub(rpc::MakeChannel(billing_target))}) {}

Peers::~Peers() = default;

Task<UnsettledPayers> Peers::AskUnsettledPayers(UnsettledQuery query) {
  using Request = billing::v1::ListUnsettledPayersRequest;
  using Response = billing::v1::ListUnsettledPayersResponse;
  Request request;
  request.set_tenant_id(query.tenant.ToString());
  for (const auto& user : query.users) request.add_user_ids(user.ToString());
  for (const auto& code : query.plan_codes) request.add_plan_codes(code);
  rpc::SetTime(request.mutable_succeeded_since(), query.succeeded_since);
  rpc::Starter<Request, Response> start = [this](grpc::ClientContext* context, const Request* req, Response* res,
                                                 std::function<void(grpc::Status)> done) {
    impl_->billing->async()->ListUnsettledPayers(context, req, res, std::move(done));
  };
  const Cause cause{.actor = "system:drive_memberships", .traceparent = {}};
  Result<Response> answer = co_await rpc::Invoke<Request, Response>(impl_->identity, start, request, cause);
  if (!answer) throw Fault("billing refused ListUnsettledPayers: " + answer.error().message);
  co_return UnsettledPayers{UsersOf(answer->paid_user_ids()), UsersOf(answer->unsettled_user_ids())};
}

Task<std::optional<KnownUser>> Peers::AskUser(TenantId tenant, UserId user) {
  using Request = auth::v1::GetUserRequest;
  using Response = auth::v1::User;
  Request request;
  request.set_user_id(user.ToString());
  request.set_tenant_id(tenant.ToString());
  rpc::Starter<Request, Response> start = [this](grpc::ClientContext* context, const Request* req, Response* res,
                                                 std::function<void(grpc::Status)> done) {
    impl_->users->async()->GetUser(context, req, res, std::move(done));
  };
  const Cause cause{.actor = "system:subscriptions", .traceparent = {}};
  Result<Response> answer = co_await rpc::Invoke<Request, Response>(impl_->identity, start, request, cause);
  if (!answer && answer.error().reason == Reason::kNotFound) co_return std::nullopt;
  if (!answer) throw Fault("auth refused GetUser: " + answer.error().message);
  KnownUser known{.tenant = tenant, .user = user, .locale = answer->locale() == "fr" ? "fr" : "en", .status = "active"};
  if (answer->status() == auth::v1::User::STATUS_FROZEN) known.status = "frozen";
  if (answer->status() == auth::v1::User::STATUS_ERASED) known.status = "erased";
  co_return known;
}

}  // namespace quittance::subscriptions::api
