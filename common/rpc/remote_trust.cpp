// PollTrust over the network.
#include "common/core/fault.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/trust_state.h"
#include "quittance/auth/v1/auth.grpc.pb.h"

namespace quittance::rpc {

namespace {

using auth::v1::PollTrustRequest;
using auth::v1::PollTrustResponse;

constexpr std::chrono::milliseconds kPollTimeout{5000};

Task<TrustUpdate> Poll(std::shared_ptr<auth::v1::KeyService::Stub> stub, Identity* identity, std::string cursor) {
  PollTrustRequest request;
  request.set_cursor(cursor);
  Starter<PollTrustRequest, PollTrustResponse> start = [stub](auto* context, auto* asked, auto* answer, auto done) {
    stub->async()->PollTrust(context, asked, answer, std::move(done));
  };
  Cause cause;
  Result<PollTrustResponse> answer = co_await Invoke<PollTrustRequest, PollTrustResponse>(*identity, start, request, cause, kPollTimeout);
  if (!answer.ok()) throw Fault("auth refused PollTrust: " + answer.error().message);
  co_return FromWire(*answer);
}

}  // namespace

TrustSource RemoteTrust(const std::string& auth_target, Identity& identity) {
  const std::shared_ptr<auth::v1::KeyService::Stub> stub = auth::v1::KeyService::NewStub(MakeChannel(auth_target));
  return [stub, who = &identity](std::string cursor) { return Poll(stub, who, std::move(cursor)); };
}

}  // namespace quittance::rpc
