// The gRPC services of subscriptions, one per file; each method converts, calls its use case, converts back.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "services/subscriptions/deps.h"

namespace quittance::rpc {
class Edge;
}

namespace quittance::subscriptions::api {

std::unique_ptr<grpc::Service> MakePlanService(rpc::Edge& edge, Deps& deps);
std::unique_ptr<grpc::Service> MakeSubscriptionService(rpc::Edge& edge, Deps& deps);
std::unique_ptr<grpc::Service> MakeMembershipService(rpc::Edge& edge, Deps& deps);

}  // namespace quittance::subscriptions::api
