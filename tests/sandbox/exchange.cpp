// The body of exchange.h; the invariant it keeps stands there.
#include "tests/sandbox/exchange.h"

namespace quittance::sandbox {

Task<http::ServerResponse> Play(State& state, std::string target, const http::ServerRequest& request, Steps steps) {
  auto call = state.Record(target, request);
  const Fault fault = state.faults.Take(target, request.path);
  if (fault.kind == Fault::Kind::kTimeout) co_await state.Pause(kTimeoutHold);
  if (fault.kind == Fault::Kind::kTimeout || fault.kind == Fault::Kind::kReset) co_return http::ServerResponse{.drop = true};

  http::ServerResponse answer;
  if (fault.kind == Fault::Kind::kStatus) {
    answer = steps.fail(fault);
  } else {
    auto early = steps.begin();
    if (fault.kind == Fault::Kind::kSlow) co_await state.Pause(fault.delay);
    answer = early ? std::move(*early) : steps.act(fault);
  }
  if (fault.kind == Fault::Kind::kLostAnswer) co_return http::ServerResponse{.drop = true};
  call->status = answer.status;
  co_return answer;
}

}  // namespace quittance::sandbox
