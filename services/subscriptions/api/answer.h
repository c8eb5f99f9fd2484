// What a use case gives, as the response message of its rpc.
#pragma once

#include "common/async/task.h"
#include "common/core/result.h"

namespace quittance::subscriptions::api {

template <class Response, class Value>
Task<Result<Response>> Answer(Task<Result<Value>> work, Response (*to_proto)(const Value&)) {
  auto value = co_await std::move(work);
  if (!value) co_return value.error();
  co_return to_proto(*value);
}

}  // namespace quittance::subscriptions::api
