// NotificationService over the use cases.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "services/notifications/deps.h"

namespace quittance::rpc {
class Edge;
}

namespace quittance::notifications::api {

std::unique_ptr<grpc::Service> MakeNotificationService(rpc::Edge& edge, Deps& deps);

}  // namespace quittance::notifications::api
