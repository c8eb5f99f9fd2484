// The edge loop of every rpc: token, scopes, limit, deadline, idempotency key, faults to status, one log line, metrics.
// Invariant: a method without a policy is refused; nothing of a request is looked at before its token was verified.
//
//   grpc::ServerUnaryReactor* RefundPayment(grpc::CallbackServerContext* context, const RefundPaymentRequest* request, Refund* response)
//   override {
//     return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const RefundPaymentRequest& r) ->
//     Task<Result<db::Reply>> {
//       auto command = ToCommand(call, r);
//       if (!command) co_return command.error();
//       auto reply = co_await usecases::RefundPayment(deps_, *command);
//       co_return reply;
//     });
//   }
//
// The function gives Result<db::Reply> (mutating methods: the bytes are parsed into the response, `idempotent-replayed: true` is set) or
// Result<Response message> (reads).
#pragma once

#include <grpcpp/grpcpp.h>

#include "common/async/executor.h"
#include "common/rpc/call.h"

namespace quittance::rpc {

class Edge;  // edge.h: made by common/service

template <class Request, class Response, class Fn>
grpc::ServerUnaryReactor* Handle(Edge& edge, grpc::CallbackServerContext* context, const Request* request, Response* response, Fn fn);

// gRPC status with google.rpc.ErrorInfo, BadRequest, RetryInfo, QuotaFailure as design asks.
grpc::Status ToStatus(const Error& error);

}  // namespace quittance::rpc

#include "common/rpc/handle_inl.h"
