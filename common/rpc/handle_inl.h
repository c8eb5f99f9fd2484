// The body of Handle. Everything that does not depend on the message types is behind Passage (edge.h), so that an api file stays cheap to
// compile.
#pragma once

#include <type_traits>
#include <utility>

#include "common/rpc/edge.h"

namespace quittance::rpc {

// The function and the passage live in this frame until the call is finished; the request does so by gRPC's own rule. A client that goes
// away does not cancel the work: nobody listens to OnCancel, and the reply that was stored is given to its retry.
template <class Request, class Response, class Fn>
Task<void> RunCall(std::unique_ptr<Passage> passage, const Request* request, Response* response, Fn fn) {
  using Value = typename std::invoke_result_t<Fn&, const Call&, const Request&>::value_type::Value;
  try {
    Result<Call> call = co_await passage->Enter();
    if (call.ok()) {
      Result<Value> answer = co_await fn(*call, *request);
      if (!answer.ok()) {
        passage->Refuse(answer.error());
      } else if constexpr (std::is_same_v<Value, db::Reply>) {
        passage->Reply(*answer, *response);
      } else {
        static_assert(std::is_same_v<Value, Response>, "a method gives db::Reply or its response message");
        *response = *std::move(answer);
      }
    } else {
      passage->Refuse(call.error());
    }
  } catch (...) {
    passage->Fail(std::current_exception());
  }
  passage->Finish();
}

template <class Request, class Response, class Fn>
grpc::ServerUnaryReactor* Handle(Edge& edge, grpc::CallbackServerContext* context, const Request* request, Response* response, Fn fn) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  // nullptr: too many calls are in flight, and it is finished already.
  if (auto passage = Arrive(edge, *context, *request, [reactor](grpc::Status status) { reactor->Finish(std::move(status)); })) {
    ExecutorOf(edge).SpawnHere(RunCall<Request, Response, Fn>(std::move(passage), request, response, std::move(fn)));
  }
  return reactor;
}

}  // namespace quittance::rpc
