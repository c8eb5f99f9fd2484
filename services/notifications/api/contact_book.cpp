// One rpc a set. The answer is used at once and never stored.
#include "services/notifications/api/contact_book.h"

#include "common/rpc/channel.h"
#include "quittance/auth/v1/auth.grpc.pb.h"

namespace quittance::notifications::api {
namespace {

using auth::v1::ResolveContactsRequest;
using auth::v1::ResolveContactsResponse;
using Stub = auth::v1::UserService::Stub;

std::vector<Contact> Read(const ResolveContactsResponse& response) {
  std::vector<Contact> contacts;
  for (const auto& each : response.contacts()) {
    const auto user = UserId::Parse(each.user_id(), "user_id");
    if (user) contacts.push_back({*user, each.email(), each.locale(), each.reachable(), each.time_zone(), each.phone()});
  }
  return contacts;
}

Task<Result<std::vector<Contact>>> Ask(std::shared_ptr<Stub> stub, rpc::Identity& identity, TenantId tenant, std::vector<UserId> users) {
  ResolveContactsRequest request;
  request.set_tenant_id(tenant.ToString());
  for (const UserId user : users) request.add_user_ids(user.ToString());
  rpc::Starter<ResolveContactsRequest, ResolveContactsResponse> start =
      [stub](grpc::ClientContext* context, const ResolveContactsRequest* r, ResolveContactsResponse* response,
             std::function<void(grpc::Status)> done) { stub->async()->ResolveContacts(context, r, response, std::move(done)); };
  Cause cause{"system:send_notifications", ""};
  auto response = co_await rpc::Invoke<ResolveContactsRequest, ResolveContactsResponse>(identity, std::move(start), std::move(request),
                                                                                        std::move(cause));
  if (!response) co_return response.error();
  co_return Read(*response);
}

}  // namespace

ContactBook MakeContactBook(const std::string& auth_target, rpc::Identity& identity) {
  std::shared_ptr<Stub> stub = auth::v1::UserService::NewStub(rpc::MakeChannel(auth_target));
  return [stub, &identity](TenantId tenant, std::vector<UserId> users) { return Ask(stub, identity, tenant, std::move(users)); };
}

}  // namespace quittance::notifications::api
