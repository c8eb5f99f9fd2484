// What a use case gives, as the response message of its rpc.
#pragma once

#include "common/async/task.h"
#include "common/core/result.h"

namespace quittance::auth::api {

template <class Response, class Value>
Task<Result<Response>> Answer(Task<Result<Value>> work, Response (*to_proto)(const Value&)) {
  auto value = co_await std::move(work);
  if (!value) co_return value.error();
  co_return to_proto(*value);
}

// For rpcs whose answer says nothing.
template <class Response>
Task<Result<Response>> Done(Task<Result<void>> work) {
  auto done = co_await std::move(work);
  if (!done) co_return done.error();
  co_return Response();
}

// A request that cannot become a command.
template <class Value>
Task<Result<Value>> Refused(Error error) {
  co_return error;
}

}  // namespace quittance::auth::api
