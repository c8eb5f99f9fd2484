// What each rpc asks of its callers, read from the descriptors of the services that a server was given. Invariant: deny by default: a
// message that belongs to no registered rpc, and an rpc without a policy, find nothing here.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/metrics/registry.h"
#include "quittance/options/v1/options.pb.h"

namespace google::protobuf {
class FieldDescriptor;
class Message;
class MethodDescriptor;
}  // namespace google::protobuf

namespace quittance::rpc {

inline constexpr std::size_t kCodes = 17;  // of gRPC, OK to UNAUTHENTICATED

struct Method {
  std::string full_name;  // quittance.billing.v1.BillingService.RefundPayment
  options::v1::MethodPolicy policy;
  const google::protobuf::FieldDescriptor* request_id = nullptr;  // where the policy asks for a key

  // go-grpc-prometheus's names; all codes exist from the start, so that a rate over a code never misses its first increase.
  metrics::Counter* started = nullptr;
  std::array<metrics::Counter*, kCodes> handled{};
  metrics::Histogram* seconds = nullptr;
};

// Why a method's policy does not hold; empty if it does. The test over all descriptors and Add use it.
std::string PolicyProblem(const google::protobuf::MethodDescriptor& method);

class MethodTable {
 public:
  explicit MethodTable(metrics::Registry& metrics) : metrics_(metrics) {}
  // All methods of a service by its full name. Methods whose policy does not hold are left out; gives what is wrong with them.
  std::vector<std::string> Add(const std::string& service);
  const Method* Find(const google::protobuf::Message& request) const;

 private:
  Method Describe(const google::protobuf::MethodDescriptor& method);
  metrics::Registry& metrics_;
  std::unordered_map<std::string, Method> by_request_;  // full name of the request message, unique per rpc
};

}  // namespace quittance::rpc
