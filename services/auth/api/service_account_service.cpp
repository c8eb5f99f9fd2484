// ServiceAccountService: accounts of machines.
#include "common/rpc/handle.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/answer.h"
#include "services/auth/api/services.h"
#include "services/auth/usecases/create_service_account.h"
#include "services/auth/usecases/manage_service_accounts.h"
#include "services/auth/wire.h"

namespace quittance::auth::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

Result<CreateServiceAccountCommand> ToCommand(const rpc::Call& call, const v1::CreateServiceAccountRequest& request) {
  NewServiceAccount account{
      request.display_name(), {request.scopes().begin(), request.scopes().end()}, std::nullopt, request.break_glass()};
  if (request.has_expire_time()) {
    account.expires = wire::ReadTime(request.expire_time());
    if (!account.expires) return InvalidField("expire_time", "must be a valid timestamp");
  }
  return CreateServiceAccountCommand{call.caller, call.cause, call.once, std::move(account), request.tenant()};
}

v1::ListServiceAccountsResponse ToProto(const ServiceAccountList& list) {
  v1::ListServiceAccountsResponse out;
  for (const ServiceAccount& account : list.accounts) *out.add_service_accounts() = wire::ToProto(account);
  out.set_next_page_token(list.next_page_token);
  return out;
}

class ServiceAccountApi final : public v1::ServiceAccountService::CallbackService {
 public:
  ServiceAccountApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* CreateServiceAccount(CallbackServerContext* context, const v1::CreateServiceAccountRequest* request,
                                           v1::CreateServiceAccountResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::CreateServiceAccountRequest& r) {
      auto command = ToCommand(call, r);
      if (!command) return Refused<db::Reply>(command.error());
      return auth::CreateServiceAccount(deps_, *std::move(command));
    });
  }

  ServerUnaryReactor* RotateServiceAccountSecret(CallbackServerContext* context, const v1::RotateServiceAccountSecretRequest* request,
                                                 v1::RotateServiceAccountSecretResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RotateServiceAccountSecretRequest& r) {
      return auth::RotateServiceAccountSecret(deps_, {call.caller, call.cause, call.once, r.client_id(), r.overlap_seconds()});
    });
  }

  ServerUnaryReactor* DisableServiceAccount(CallbackServerContext* context, const v1::DisableServiceAccountRequest* request,
                                            v1::ServiceAccount* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::DisableServiceAccountRequest& r) {
      return auth::DisableServiceAccount(deps_, {call.caller, call.cause, call.once, r.client_id()});
    });
  }

  ServerUnaryReactor* ListServiceAccounts(CallbackServerContext* context, const v1::ListServiceAccountsRequest* request,
                                          v1::ListServiceAccountsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ListServiceAccountsRequest& r) {
      return Answer(auth::ListServiceAccounts(deps_, {call.caller, r.page_size(), r.page_token()}), ToProto);
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeServiceAccountService(rpc::Edge& edge, Deps& deps) {
  return std::make_unique<ServiceAccountApi>(edge, deps);
}

}  // namespace quittance::auth::api
