// See raw_call.h.
#include "tests/e2e/raw_call.h"

#include <grpcpp/generic/generic_stub.h>

namespace quittance::e2e {

using google::protobuf::DescriptorPool;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const char* file : {"quittance/auth/v1/auth.proto", "quittance/billing/v1/billing.proto", "quittance/billing/v1/invoices.proto",
                           "quittance/billing/v1/manual_payments.proto", "quittance/billing/v1/payment_methods.proto",
                           "quittance/billing/v1/reconciliation.proto", "quittance/subscriptions/v1/subscriptions.proto",
                           "quittance/notifications/v1/notifications.proto", "quittance/common/v1/settings.proto",
                           "quittance/common/v1/audit.proto", "quittance/common/v1/person.proto"}) {
    const auto* descriptor = DescriptorPool::generated_pool()->FindFileByName(file);
    for (int s = 0; s < descriptor->service_count(); ++s) {
      for (int m = 0; m < descriptor->service(s)->method_count(); ++m) methods.push_back(descriptor->service(s)->method(m));
    }
  }
  return methods;
}

std::unique_ptr<google::protobuf::Message> NewRequest(const MethodDescriptor& method) {
  return std::unique_ptr<google::protobuf::Message>(MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
}

std::string ServiceOf(const MethodDescriptor& method) {
  const std::string name = method.full_name();  // quittance.billing.v1.BillingService.GetRefund
  const auto begin = name.find('.') + 1;
  const std::string service = name.substr(begin, name.find('.', begin) - begin);
  return service == "common" ? "billing" : service;
}

grpc::Status RawCall(Stack& stack, const MethodDescriptor& method, const google::protobuf::Message& request, const std::string& token,
                     const std::map<std::string, std::string>& metadata) {
  grpc::GenericStub stub(grpc::CreateChannel(stack.at(ServiceOf(method)), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  for (const auto& [name, value] : metadata) context.AddMetadata(name, value);
  grpc::Slice slice(request.SerializeAsString());
  grpc::ByteBuffer bytes(&slice, 1), answer;
  grpc::CompletionQueue queue;
  grpc::Status status;
  auto call = stub.PrepareUnaryCall(&context, "/" + method.service()->full_name() + "/" + method.name(), bytes, &queue);
  call->StartCall();
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status;
}

}  // namespace quittance::e2e
