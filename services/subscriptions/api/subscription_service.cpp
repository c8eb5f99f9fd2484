// SubscriptionService: access of users, with the countdown.
#include "common/rpc/handle.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"
#include "services/subscriptions/api/answer.h"
#include "services/subscriptions/api/services.h"
#include "services/subscriptions/usecases/get_subscription.h"
#include "services/subscriptions/wire.h"

namespace quittance::subscriptions::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::Subscription ToProto(const SubscriptionRead& read) { return wire::ToProto(read.subscription, read.now); }

v1::ListSubscriptionsResponse ToList(const SubscriptionPage& page) {
  v1::ListSubscriptionsResponse out;
  for (const auto& subscription : page.subscriptions) *out.add_subscriptions() = wire::ToProto(subscription, page.now);
  out.set_next_page_token(page.next_page_token);
  return out;
}

// A status that this version does not know is refused, not taken for "all".
Task<Result<SubscriptionPage>> List(Deps& deps, Caller caller, v1::ListSubscriptionsRequest r) {
  const auto status = wire::FromProto(r.status());
  if (!status && r.status() != v1::Subscription::STATUS_UNSPECIFIED) co_return InvalidField("status", "must be a status of subscriptions");
  ListSubscriptionsQuery query{std::move(caller), r.user_id(), status, r.page_size(), r.page_token()};
  auto page = co_await subscriptions::ListSubscriptions(deps, std::move(query));
  co_return page;
}

class SubscriptionApi final : public v1::SubscriptionService::CallbackService {
 public:
  SubscriptionApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* GetSubscription(CallbackServerContext* context, const v1::GetSubscriptionRequest* request,
                                      v1::Subscription* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::GetSubscriptionRequest& r) {
      return Answer(subscriptions::GetSubscription(deps_, {call.caller, r.subscription_id()}), ToProto);
    });
  }

  ServerUnaryReactor* ListSubscriptions(CallbackServerContext* context, const v1::ListSubscriptionsRequest* request,
                                        v1::ListSubscriptionsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ListSubscriptionsRequest& r) {
      return Answer(List(deps_, call.caller, r), ToList);
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSubscriptionService(rpc::Edge& edge, Deps& deps) {
  return std::make_unique<SubscriptionApi>(edge, deps);
}

}  // namespace quittance::subscriptions::api
