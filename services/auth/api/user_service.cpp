// UserService: users, for backends and operators, and their contacts for notifications.
#include "common/rpc/handle.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/answer.h"
#include "services/auth/api/services.h"
#include "services/auth/usecases/create_user.h"
#include "services/auth/usecases/get_user.h"
#include "services/auth/usecases/resolve_contacts.h"
#include "services/auth/wire.h"

namespace quittance::auth::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::User ToProto(const User& user) { return wire::ToProto(user); }

v1::ResolveContactsResponse ToContacts(const std::vector<Contact>& contacts) {
  v1::ResolveContactsResponse out;
  for (const Contact& contact : contacts) {
    v1::Contact& each = *out.add_contacts();
    each.set_user_id(contact.facts.id.ToString());
    each.set_email(contact.personal.email);
    each.set_phone(contact.personal.phone);
    each.set_locale(contact.facts.locale);
    each.set_reachable(contact.facts.status == UserStatus::kActive);
    each.set_time_zone(contact.time_zone);
  }
  return out;
}

class UserApi final : public v1::UserService::CallbackService {
 public:
  UserApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* CreateUser(CallbackServerContext* context, const v1::CreateUserRequest* request, v1::User* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::CreateUserRequest& r) {
      return auth::CreateUser(deps_, {call.caller, call.cause, call.once, {r.email(), r.phone(), r.external_id()}, r.locale()});
    });
  }

  ServerUnaryReactor* GetUser(CallbackServerContext* context, const v1::GetUserRequest* request, v1::User* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::GetUserRequest& r) {
      return Answer(auth::GetUser(deps_, {call.caller, r.user_id(), r.tenant_id()}), ToProto);
    });
  }

  ServerUnaryReactor* ResolveContacts(CallbackServerContext* context, const v1::ResolveContactsRequest* request,
                                      v1::ResolveContactsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call&, const v1::ResolveContactsRequest& r) {
      return Answer(auth::ResolveContacts(deps_, {r.tenant_id(), {r.user_ids().begin(), r.user_ids().end()}}), ToContacts);
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeUserService(rpc::Edge& edge, Deps& deps) { return std::make_unique<UserApi>(edge, deps); }

}  // namespace quittance::auth::api
