// MembershipService: members of channels, and the bot's updates from the ingress.
#include "common/rpc/handle.h"
#include "common/rpc/server.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"
#include "services/subscriptions/api/answer.h"
#include "services/subscriptions/api/services.h"
#include "services/subscriptions/usecases/create_link_token.h"
#include "services/subscriptions/usecases/get_membership.h"
#include "services/subscriptions/usecases/ingest_telegram_update.h"
#include "services/subscriptions/wire.h"

namespace quittance::subscriptions::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

constexpr int kNotFound = 404;

v1::Membership ToProto(const store::MembershipRead& read) { return wire::ToProto(read.membership, read.linked); }

v1::IngestTelegramUpdateResponse ToResponse(const int& status) {
  v1::IngestTelegramUpdateResponse out;
  out.set_http_status(status);
  return out;
}

// The tenant is named by its code, as in the path that Telegram posts to.
Task<Result<int>> Ingest(rpc::Edge& edge, Deps& deps, v1::IngestTelegramUpdateRequest r, Cause cause) {
  const auto tenant = co_await rpc::FindTenant(rpc::TrustOf(edge), r.tenant());
  if (!tenant) co_return kNotFound;
  IngestTelegramUpdateCommand command{tenant->id, r.secret_token(), r.body(), std::move(cause)};
  auto status = co_await subscriptions::IngestTelegramUpdate(deps, std::move(command));
  co_return status;
}

class MembershipApi final : public v1::MembershipService::CallbackService {
 public:
  MembershipApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* CreateLinkToken(CallbackServerContext* context, const v1::CreateLinkTokenRequest* request,
                                      v1::LinkToken* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::CreateLinkTokenRequest& r) {
      return subscriptions::CreateLinkToken(deps_, {call.caller, call.cause, call.once, r.user_id()});
    });
  }

  ServerUnaryReactor* GetMembership(CallbackServerContext* context, const v1::GetMembershipRequest* request,
                                    v1::Membership* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::GetMembershipRequest& r) {
      return Answer(subscriptions::GetMembership(deps_, {call.caller, r.user_id(), r.channel()}), ToProto);
    });
  }

  ServerUnaryReactor* IngestTelegramUpdate(CallbackServerContext* context, const v1::IngestTelegramUpdateRequest* request,
                                           v1::IngestTelegramUpdateResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::IngestTelegramUpdateRequest& r) {
      return Answer(Ingest(edge_, deps_, r, call.cause), ToResponse);
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeMembershipService(rpc::Edge& edge, Deps& deps) { return std::make_unique<MembershipApi>(edge, deps); }

}  // namespace quittance::subscriptions::api
