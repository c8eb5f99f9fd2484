// Descriptors to methods, once at start-up.
#include "common/rpc/method_table.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "common/rpc/status.h"

namespace quittance::rpc {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using options::v1::MethodPolicy;

constexpr const char* kStartedHelp = "Total number of RPCs started on the server.";
constexpr const char* kHandledHelp = "Total number of RPCs completed on the server, regardless of success or failure.";
constexpr const char* kSecondsHelp =
    "Histogram of response latency (seconds) of gRPC that had been application-level handled by the server.";

const FieldDescriptor* RequestId(const MethodDescriptor& method) {
  const FieldDescriptor* field = method.input_type()->FindFieldByName("request_id");
  return field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated() ? field : nullptr;
}

}  // namespace

std::string PolicyProblem(const MethodDescriptor& method) {
  const auto problem = [&](const char* what) { return method.full_name() + ": " + what; };
  if (!method.options().HasExtension(options::v1::policy)) return problem("has no policy");
  const MethodPolicy& policy = method.options().GetExtension(options::v1::policy);
  if (policy.access() == options::v1::ACCESS_UNSPECIFIED) return problem("has no access");
  if (policy.rate() == options::v1::RATE_CLASS_UNSPECIFIED) return problem("has no rate class");
  const bool anonymous = policy.access() == options::v1::ACCESS_ANONYMOUS;
  if (anonymous && (policy.own() || policy.scopes_size() > 0)) return problem("is anonymous and asks for a scope");
  if (!anonymous && !policy.own() && policy.scopes_size() == 0) return problem("opens for nobody");
  if (policy.own() && policy.access() != options::v1::ACCESS_TENANT) return problem("has `own` without being a tenant's");
  if (policy.idempotency_key() && RequestId(method) == nullptr) return problem("asks for a key and has no request_id");
  if (policy.idempotency_key() && anonymous) return problem("asks an anonymous caller for a key");
  if (!policy.idempotency_key() && RequestId(method) != nullptr) return problem("has a request_id that nothing looks at");
  return "";
}

Method MethodTable::Describe(const MethodDescriptor& method) {
  Method row;
  row.full_name = method.full_name();
  row.policy = method.options().GetExtension(options::v1::policy);
  if (row.policy.idempotency_key()) row.request_id = RequestId(method);
  metrics::Labels labels = {{"grpc_type", "unary"}, {"grpc_service", method.service()->full_name()}, {"grpc_method", method.name()}};
  row.started = &metrics_.GetCounter("grpc_server_started_total", kStartedHelp, labels);
  row.seconds = &metrics_.GetHistogram("grpc_server_handling_seconds", kSecondsHelp, labels);
  for (std::size_t code = 0; code < kCodes; ++code) {
    labels["grpc_code"] = std::string(CodeName(static_cast<grpc::StatusCode>(code)));
    row.handled[code] = &metrics_.GetCounter("grpc_server_handled_total", kHandledHelp, labels);
  }
  return row;
}

std::vector<std::string> MethodTable::Add(const std::string& service) {
  std::vector<std::string> problems;
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  if (descriptor == nullptr) return problems;  // gRPC's own: health, reflection
  for (int i = 0; i < descriptor->method_count(); ++i) {
    const MethodDescriptor& method = *descriptor->method(i);
    if (std::string problem = PolicyProblem(method); !problem.empty()) {
      problems.push_back(std::move(problem));
      continue;
    }
    const bool fresh = by_request_.emplace(method.input_type()->full_name(), Describe(method)).second;
    if (!fresh) problems.push_back(method.full_name() + ": shares its request message with another rpc");
  }
  return problems;
}

const Method* MethodTable::Find(const google::protobuf::Message& request) const {
  const auto found = by_request_.find(request.GetDescriptor()->full_name());
  return found == by_request_.end() ? nullptr : &found->second;
}

}  // namespace quittance::rpc
