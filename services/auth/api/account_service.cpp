// AccountService: what people do with their own account.
#include "common/rpc/handle.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/answer.h"
#include "services/auth/api/services.h"
#include "services/auth/usecases/factors.h"
#include "services/auth/wire.h"

namespace quittance::auth::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::ListFactorsResponse ToProto(const FactorList& list) {
  v1::ListFactorsResponse out;
  for (const Factor& factor : list.factors) *out.add_factors() = wire::ToProto(factor);
  out.set_recovery_codes(list.recovery_codes);
  return out;
}

class AccountApi final : public v1::AccountService::CallbackService {
 public:
  AccountApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* ListFactors(CallbackServerContext* context, const v1::ListFactorsRequest* request,
                                  v1::ListFactorsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ListFactorsRequest&) {
      return Answer(auth::ListFactors(deps_, call.caller), ToProto);
    });
  }

  ServerUnaryReactor* EnrollTotp(CallbackServerContext* context, const v1::EnrollTotpRequest* request,
                                 v1::EnrollTotpResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::EnrollTotpRequest&) {
      return auth::EnrollTotp(deps_, {call.caller, call.cause, call.once});
    });
  }

  ServerUnaryReactor* ConfirmTotp(CallbackServerContext* context, const v1::ConfirmTotpRequest* request, v1::Factor* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ConfirmTotpRequest& r) {
      return auth::ConfirmTotp(deps_, {call.caller, call.cause, call.once, r.factor_id(), r.code()});
    });
  }

  ServerUnaryReactor* RemoveFactor(CallbackServerContext* context, const v1::RemoveFactorRequest* request,
                                   v1::RemoveFactorResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RemoveFactorRequest& r) {
      return auth::RemoveFactor(deps_, {call.caller, call.cause, call.once, r.factor_id()});
    });
  }

  ServerUnaryReactor* GenerateRecoveryCodes(CallbackServerContext* context, const v1::GenerateRecoveryCodesRequest* request,
                                            v1::GenerateRecoveryCodesResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::GenerateRecoveryCodesRequest&) {
      return auth::GenerateRecoveryCodes(deps_, {call.caller, call.cause, call.once});
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAccountService(rpc::Edge& edge, Deps& deps) { return std::make_unique<AccountApi>(edge, deps); }

}  // namespace quittance::auth::api
