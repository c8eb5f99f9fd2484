// KeyService: public keys and what was revoked.
#include "common/rpc/handle.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/answer.h"
#include "services/auth/api/services.h"
#include "services/auth/usecases/manage_tenants.h"
#include "services/auth/usecases/poll_trust.h"
#include "services/auth/usecases/rotate_signing_key.h"
#include "services/auth/usecases/signing_keys.h"
#include "services/auth/wire.h"

namespace quittance::auth::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::GetJwksResponse ToJwks(const std::string& json) {
  v1::GetJwksResponse out;
  out.set_jwks_json(json);
  return out;
}

v1::PollTrustResponse ToProto(const TrustNews& news) {
  v1::PollTrustResponse out;
  out.set_cursor(news.cursor);
  for (const SigningKey& key : news.keys) {
    *out.add_keys() = wire::ToProto(key);
  }
  for (const Revocation& revocation : news.revocations) *out.add_revocations() = wire::ToProto(revocation);
  for (const Tenant& tenant : news.tenants) *out.add_tenants() = wire::ToTrust(tenant);
  return out;
}

v1::ListSigningKeysResponse ToKeys(const std::vector<SigningKey>& keys) {
  v1::ListSigningKeysResponse out;
  for (const SigningKey& key : keys) *out.add_keys() = wire::ToProto(key);
  return out;
}

std::optional<KeyStep> StepOf(v1::RotateSigningKeyRequest::Step step) {
  switch (step) {
    case v1::RotateSigningKeyRequest::STEP_STAGE:
      return KeyStep::kStage;
    case v1::RotateSigningKeyRequest::STEP_ACTIVATE:
      return KeyStep::kActivate;
    case v1::RotateSigningKeyRequest::STEP_RETIRE:
      return KeyStep::kRetire;
    default:
      return std::nullopt;
  }
}

class KeyApi final : public v1::KeyService::CallbackService {
 public:
  KeyApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* GetJwks(CallbackServerContext* context, const v1::GetJwksRequest* request, v1::GetJwksResponse* response) override {
    return rpc::Handle(edge_, context, request, response,
                       [this](const rpc::Call&, const v1::GetJwksRequest&) { return Answer(auth::GetJwks(deps_), ToJwks); });
  }

  ServerUnaryReactor* PollTrust(CallbackServerContext* context, const v1::PollTrustRequest* request,
                                v1::PollTrustResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call&, const v1::PollTrustRequest& r) {
      return Answer(auth::PollTrust(deps_, r.cursor()), ToProto);
    });
  }

  ServerUnaryReactor* RotateSigningKey(CallbackServerContext* context, const v1::RotateSigningKeyRequest* request,
                                       v1::SigningKey* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RotateSigningKeyRequest& r) {
      const auto step = StepOf(r.step());
      if (!step) return Refused<db::Reply>(InvalidField("step", "must be STEP_STAGE, STEP_ACTIVATE or STEP_RETIRE"));
      return auth::RotateSigningKey(deps_, {call.caller, call.cause, call.once, *step});
    });
  }

  ServerUnaryReactor* ListSigningKeys(CallbackServerContext* context, const v1::ListSigningKeysRequest* request,
                                      v1::ListSigningKeysResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call&, const v1::ListSigningKeysRequest&) {
      return Answer(auth::ListSigningKeys(deps_), ToKeys);
    });
  }

  ServerUnaryReactor* RevokeAllCredentials(CallbackServerContext* context, const v1::RevokeAllCredentialsRequest* request,
                                           v1::RevokeAllCredentialsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RevokeAllCredentialsRequest& r) {
      return auth::RevokeAllCredentials(deps_, {call.caller, call.cause, call.once, r.tenant_id()});
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeKeyService(rpc::Edge& edge, Deps& deps) { return std::make_unique<KeyApi>(edge, deps); }

}  // namespace quittance::auth::api
