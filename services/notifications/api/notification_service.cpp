// NotificationService: each method converts, calls its use case, converts back.
#include "services/notifications/api/notification_service.h"

#include "common/rpc/handle.h"
#include "quittance/notifications/v1/notifications.grpc.pb.h"
#include "services/notifications/usecases/read_notifications.h"
#include "services/notifications/wire.h"

namespace quittance::notifications::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

Task<Result<v1::Notification>> Get(Deps& deps, GetNotificationQuery query) {
  auto found = co_await notifications::GetNotification(deps, std::move(query));
  if (!found) co_return found.error();
  co_return wire::ToProto(*found);
}

Task<Result<v1::ListNotificationsResponse>> List(Deps& deps, Caller caller, v1::ListNotificationsRequest r) {
  const auto state = wire::ReadStatus(r.status(), "status");
  if (!state) co_return state.error();
  ListNotificationsQuery query{std::move(caller), r.user_id(), *state, r.page_size(), r.page_token()};
  auto page = co_await notifications::ListNotifications(deps, std::move(query));
  if (!page) co_return page.error();
  v1::ListNotificationsResponse response;
  for (const Notification& each : page->notifications) *response.add_notifications() = wire::ToProto(each);
  response.set_next_page_token(page->next_page_token);
  co_return response;
}

class NotificationApi final : public v1::NotificationService::CallbackService {
 public:
  NotificationApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* GetNotification(CallbackServerContext* context, const v1::GetNotificationRequest* request,
                                      v1::Notification* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::GetNotificationRequest& r) {
      return Get(deps_, {call.caller, r.notification_id()});
    });
  }

  ServerUnaryReactor* ListNotifications(CallbackServerContext* context, const v1::ListNotificationsRequest* request,
                                        v1::ListNotificationsResponse* response) override {
    return rpc::Handle(edge_, context, request, response,
                       [this](const rpc::Call& call, const v1::ListNotificationsRequest& r) { return List(deps_, call.caller, r); });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeNotificationService(rpc::Edge& edge, Deps& deps) {
  return std::make_unique<NotificationApi>(edge, deps);
}

}  // namespace quittance::notifications::api
