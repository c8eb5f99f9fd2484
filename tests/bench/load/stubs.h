// What the loads over gRPC share: a stub per connection and the words for how a call ended. Connections do not share a subchannel, so that
// each is a socket of its own.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/load/calls.h"

namespace quittance::bench {

template <class Service>
std::vector<std::unique_ptr<typename Service::Stub>> Stubs(const CallLoad& load) {
  std::vector<std::unique_ptr<typename Service::Stub>> stubs;
  for (int i = 0; i < load.channels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
    stubs.push_back(Service::NewStub(grpc::CreateCustomChannel(load.target, grpc::InsecureChannelCredentials(), arguments)));
  }
  return stubs;
}

inline std::string Why(const grpc::Status& status) {
  const std::string reason = e2e::DetailsOf(status).reason;
  return std::to_string(status.error_code()) + " " + (reason.empty() ? status.error_message() : reason);
}

}  // namespace quittance::bench
