// The gRPC services of auth, one per file; each method converts, calls its use case, converts back.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "services/auth/deps.h"

namespace quittance::rpc {
class Edge;
}

namespace quittance::auth::api {

class PersonDocument;  // api/person_document.h

std::unique_ptr<grpc::Service> MakeAuthService(rpc::Edge& edge, Deps& deps);
std::unique_ptr<grpc::Service> MakeAccountService(rpc::Edge& edge, Deps& deps, const PersonDocument& person);
std::unique_ptr<grpc::Service> MakeUserService(rpc::Edge& edge, Deps& deps, const PersonDocument& person);
std::unique_ptr<grpc::Service> MakeServiceAccountService(rpc::Edge& edge, Deps& deps);
std::unique_ptr<grpc::Service> MakeTenantService(rpc::Edge& edge, Deps& deps);
std::unique_ptr<grpc::Service> MakeKeyService(rpc::Edge& edge, Deps& deps);

}  // namespace quittance::auth::api
