// The body of Invoke: token, metadata, one renewal when the token was refused, status back to Error or Fault.
#pragma once

#include "common/rpc/status.h"

namespace quittance::rpc {

// Deadline, token and trace context of an outgoing call (channel.cpp).
void Prepare(grpc::ClientContext& context, const std::string& token, const Cause& cause, std::chrono::milliseconds timeout);

// One exchange with the other side. The messages live in the caller's frame, the context in this one, both until the other side answered.
template <class Request, class Response>
Task<grpc::Status> Exchange(const Starter<Request, Response>& start, const Request& request, Response& response, const std::string& token,
                            const Cause& cause, std::chrono::milliseconds timeout) {
  grpc::ClientContext context;
  Prepare(context, token, cause, timeout);
  std::function<void(std::function<void(async::Outcome<grpc::Status>)>)> begin =
      [&](std::function<void(async::Outcome<grpc::Status>)> complete) {
        start(&context, &request, &response, [complete](grpc::Status status) {
          complete(async::Outcome<grpc::Status>{nullptr, std::move(status)});
        });
      };
  grpc::Status status = co_await async::Suspend<grpc::Status>(begin);
  co_return status;
}

template <class Request, class Response>
Task<Result<Response>> Invoke(Identity& identity, Starter<Request, Response> start, Request request, Cause cause,
                              std::chrono::milliseconds timeout) {
  std::string token = co_await identity.Token();
  Response response;
  grpc::Status status = co_await Exchange<Request, Response>(start, request, response, token, cause, timeout);
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) {  // revoked, or business time went on: one new token
    std::string renewed = co_await identity.Token(token);
    response.Clear();
    status = co_await Exchange<Request, Response>(start, request, response, renewed, cause, timeout);
  }
  if (!status.ok()) co_return RefusalOrThrow(status);
  co_return std::move(response);
}

}  // namespace quittance::rpc
