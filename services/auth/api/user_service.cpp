// UserService: users, for backends and operators, and their contacts for notifications.
#include "common/rpc/handle.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/answer.h"
#include "services/auth/api/person_document.h"
#include "services/auth/api/services.h"
#include "services/auth/usecases/create_user.h"
#include "services/auth/usecases/erase_user.h"
#include "services/auth/usecases/get_user.h"
#include "services/auth/usecases/manage_users.h"
#include "services/auth/usecases/resolve_contacts.h"
#include "services/auth/usecases/sessions.h"
#include "services/auth/wire.h"

namespace quittance::auth::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::User ToProto(const User& user) { return wire::ToProto(user); }

v1::ListUsersResponse ToUsers(const UserList& list) {
  v1::ListUsersResponse out;
  for (const User& user : list.users) *out.add_users() = wire::ToProto(user);
  out.set_next_page_token(list.next_page_token);
  return out;
}

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
  UserApi(rpc::Edge& edge, Deps& deps, const PersonDocument& person)
      : edge_(edge), deps_(deps), collect_([&person](User user) { return person.Collect(std::move(user)); }) {}

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

  ServerUnaryReactor* ListUsers(CallbackServerContext* context, const v1::ListUsersRequest* request,
                                v1::ListUsersResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ListUsersRequest& r) {
      return Answer(auth::ListUsers(deps_, {call.caller, r.page_size(), r.page_token(), r.email(), r.external_id()}), ToUsers);
    });
  }

  ServerUnaryReactor* SetUserRoles(CallbackServerContext* context, const v1::SetUserRolesRequest* request, v1::User* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::SetUserRolesRequest& r) {
      SetUserRolesCommand command{{call.caller, call.cause, call.once, r.user_id()}, {r.roles().begin(), r.roles().end()}};
      return auth::SetUserRoles(deps_, std::move(command));
    });
  }

  ServerUnaryReactor* FreezeUser(CallbackServerContext* context, const v1::FreezeUserRequest* request, v1::User* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::FreezeUserRequest& r) {
      return auth::FreezeUser(deps_, {call.caller, call.cause, call.once, r.user_id()});
    });
  }

  ServerUnaryReactor* UnfreezeUser(CallbackServerContext* context, const v1::UnfreezeUserRequest* request, v1::User* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::UnfreezeUserRequest& r) {
      return auth::UnfreezeUser(deps_, {call.caller, call.cause, call.once, r.user_id()});
    });
  }

  ServerUnaryReactor* EraseUser(CallbackServerContext* context, const v1::EraseUserRequest* request,
                                v1::EraseUserResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::EraseUserRequest& r) {
      return auth::EraseUser(deps_, {call.caller, call.cause, call.once, r.user_id()});
    });
  }

  grpc::ServerWriteReactor<v1::ExportUserDataResponse>* ExportUserData(CallbackServerContext* context,
                                                                       const v1::ExportUserDataRequest* request) override {
    using Stream = rpc::Stream<v1::ExportUserDataResponse>;
    return rpc::HandleStream<v1::ExportUserDataResponse>(
        edge_, context, request, [this](const rpc::Call& call, const v1::ExportUserDataRequest& r, Stream& stream) {
          return Send<v1::ExportUserDataResponse>(auth::ExportUserData(deps_, {call.caller, call.cause, r.user_id()}, collect_), stream);
        });
  }

  ServerUnaryReactor* RevokeUserSessions(CallbackServerContext* context, const v1::RevokeUserSessionsRequest* request,
                                         v1::RevokeUserSessionsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RevokeUserSessionsRequest& r) {
      return auth::RevokeUserSessions(deps_, {call.caller, call.cause, call.once, r.user_id()});
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
  const CollectPerson collect_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeUserService(rpc::Edge& edge, Deps& deps, const PersonDocument& person) {
  return std::make_unique<UserApi>(edge, deps, person);
}

}  // namespace quittance::auth::api
