// Calls any rpc by its descriptor with any bytes, for tests that walk the whole contract.
#pragma once

#include <google/protobuf/descriptor.h>

#include "tests/e2e/stack.h"

namespace quittance::e2e {

// All methods of Quittance that are linked in.
std::vector<const google::protobuf::MethodDescriptor*> AllMethods();

// A fresh, empty request of the method.
std::unique_ptr<google::protobuf::Message> NewRequest(const google::protobuf::MethodDescriptor& method);

// The process that serves the method: auth, billing, subscriptions or notifications. Common services: billing.
std::string ServiceOf(const google::protobuf::MethodDescriptor& method);

// One call; only the status matters.
grpc::Status RawCall(Stack& stack, const google::protobuf::MethodDescriptor& method, const google::protobuf::Message& request,
                     const std::string& token, const std::map<std::string, std::string>& metadata = {});

}  // namespace quittance::e2e
