// KeyService: public keys and what was revoked.
#include "common/rpc/handle.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/answer.h"
#include "services/auth/api/services.h"
#include "services/auth/usecases/poll_trust.h"
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
    v1::SigningKey& each = *out.add_keys();
    each.set_kid(key.kid);
    each.set_algorithm("ES256");
    each.set_public_key(key.public_key);
  }
  for (const Revocation& revocation : news.revocations) *out.add_revocations() = wire::ToProto(revocation);
  for (const Tenant& tenant : news.tenants) *out.add_tenants() = wire::ToTrust(tenant);
  return out;
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

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeKeyService(rpc::Edge& edge, Deps& deps) { return std::make_unique<KeyApi>(edge, deps); }

}  // namespace quittance::auth::api
