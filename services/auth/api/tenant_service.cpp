// TenantService: customers of the platform.
#include "common/rpc/handle.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/answer.h"
#include "services/auth/api/services.h"
#include "services/auth/usecases/create_tenant.h"
#include "services/auth/usecases/manage_roles.h"
#include "services/auth/usecases/manage_tenants.h"
#include "services/auth/wire.h"

namespace quittance::auth::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::Tenant ToTenant(const Tenant& tenant) { return wire::ToProto(tenant); }

v1::ListTenantsResponse ToTenants(const TenantList& list) {
  v1::ListTenantsResponse out;
  for (const Tenant& tenant : list.tenants) *out.add_tenants() = wire::ToProto(tenant);
  out.set_next_page_token(list.next_page_token);
  return out;
}

v1::ListRolesResponse ToRoles(const std::vector<Role>& roles) {
  v1::ListRolesResponse out;
  for (const Role& role : roles) {
    v1::Role& each = *out.add_roles();
    each.set_role(role.name);
    for (const std::string& scope : role.scopes) each.add_scopes(scope);
    each.set_builtin(role.builtin);
  }
  return out;
}

TenantChange ChangeOf(const v1::UpdateTenantRequest& request) {
  TenantChange change;
  if (request.has_display_name()) change.display_name = request.display_name();
  if (request.has_locale()) change.locale = request.locale();
  if (request.has_time_zone()) change.time_zone = request.time_zone();
  if (request.has_sign_up_open()) change.sign_up_open = request.sign_up_open();
  if (request.has_maintenance()) change.maintenance = request.maintenance();
  if (request.has_allowed_origins()) {
    change.allowed_origins.emplace(request.allowed_origins().origins().begin(), request.allowed_origins().origins().end());
  }
  if (request.has_limits()) change.calls_per_minute = request.limits().calls_per_minute();
  return change;
}

class TenantApi final : public v1::TenantService::CallbackService {
 public:
  TenantApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* CreateTenant(CallbackServerContext* context, const v1::CreateTenantRequest* request, v1::Tenant* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::CreateTenantRequest& r) {
      return auth::CreateTenant(deps_, {call.caller, call.cause, call.once, {r.code(), r.display_name(), r.locale(), r.time_zone()}});
    });
  }

  ServerUnaryReactor* GetTenant(CallbackServerContext* context, const v1::GetTenantRequest* request, v1::Tenant* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::GetTenantRequest& r) {
      return Answer(auth::GetTenant(deps_, {call.caller, r.tenant_id()}), ToTenant);
    });
  }

  ServerUnaryReactor* ListTenants(CallbackServerContext* context, const v1::ListTenantsRequest* request,
                                  v1::ListTenantsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call&, const v1::ListTenantsRequest& r) {
      return Answer(auth::ListTenants(deps_, {r.page_size(), r.page_token()}), ToTenants);
    });
  }

  ServerUnaryReactor* UpdateTenant(CallbackServerContext* context, const v1::UpdateTenantRequest* request, v1::Tenant* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::UpdateTenantRequest& r) {
      return auth::UpdateTenant(deps_, {call.caller, call.cause, call.once, r.tenant_id(), r.etag(), ChangeOf(r)});
    });
  }

  ServerUnaryReactor* ListRoles(CallbackServerContext* context, const v1::ListRolesRequest* request,
                                v1::ListRolesResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ListRolesRequest&) {
      return Answer(auth::ListRoles(deps_, call.caller), ToRoles);
    });
  }

  ServerUnaryReactor* PutRole(CallbackServerContext* context, const v1::PutRoleRequest* request, v1::Role* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::PutRoleRequest& r) {
      return auth::PutRole(deps_, {call.caller, call.cause, call.once, r.role(), {r.scopes().begin(), r.scopes().end()}});
    });
  }

  ServerUnaryReactor* DeleteRole(CallbackServerContext* context, const v1::DeleteRoleRequest* request,
                                 v1::DeleteRoleResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::DeleteRoleRequest& r) {
      return auth::DeleteRole(deps_, {call.caller, call.cause, call.once, r.role()});
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeTenantService(rpc::Edge& edge, Deps& deps) { return std::make_unique<TenantApi>(edge, deps); }

}  // namespace quittance::auth::api
