// TenantService: customers of the platform.
#include "common/rpc/handle.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/services.h"
#include "services/auth/usecases/create_tenant.h"

namespace quittance::auth::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class TenantApi final : public v1::TenantService::CallbackService {
 public:
  TenantApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* CreateTenant(CallbackServerContext* context, const v1::CreateTenantRequest* request, v1::Tenant* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::CreateTenantRequest& r) {
      return auth::CreateTenant(deps_, {call.caller, call.cause, call.once, {r.code(), r.display_name(), r.locale(), r.time_zone()}});
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeTenantService(rpc::Edge& edge, Deps& deps) { return std::make_unique<TenantApi>(edge, deps); }

}  // namespace quittance::auth::api
