// Calls to other services of ours: one channel per target, a token that renews itself, deadlines, UNAVAILABLE retried with jitter and a
// budget. Invariant: every call has a deadline; a renewed token is fetched once for all that wait.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "common/async/executor.h"
#include "common/core/caller.h"
#include "common/core/result.h"
#include "common/core/secret.h"

namespace quittance::rpc {

inline constexpr int kMessageBytesMax = 4 * 1024 * 1024;  // both ways

struct ClientOptions {
  std::string auth_target;  // where tokens come from
  std::string client_id;
  Secret client_secret;
};

// This process's own identity towards the others.
class Identity {
 public:
  Identity(ClientOptions options, async::Executor& executor);
  ~Identity();
  // A valid access token (cached, renewed at 2/3 of its life or when `rejected` is the one that was refused). Throws Fault.
  Task<std::string> Token(std::string rejected = {});

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // an exchange under way holds it too
};

// "host:port" or "ipv4:a,b" (round robin).
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target);

// One unary call as this process. `method` is the async starter of the generated stub:
//   co_await Invoke<GetPlanRequest, Plan>(identity, [&](auto* ctx, auto* req, auto* res, auto done) { stub.async()->GetPlan(ctx, req, res,
//   done); }, request, cause)
// A refusal of the other side is an Error (its reason where it is one of ours); a fault (down, deadline) throws Fault.
template <class Request, class Response>
using Starter = std::function<void(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>)>;
template <class Request, class Response>
Task<Result<Response>> Invoke(Identity& identity, Starter<Request, Response> start, Request request, Cause cause,
                              std::chrono::milliseconds timeout = std::chrono::milliseconds(5000));

}  // namespace quittance::rpc

#include "common/rpc/channel_inl.h"
