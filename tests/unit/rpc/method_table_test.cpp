// Policies: every rpc of every service has one that holds, and what is not in the table does not open.
#include "common/rpc/method_table.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "quittance/auth/v1/auth.pb.h"
#include "quittance/billing/v1/billing.pb.h"
#include "quittance/common/v1/audit.pb.h"
#include "quittance/common/v1/settings.pb.h"
#include "quittance/notifications/v1/notifications.pb.h"
#include "quittance/subscriptions/v1/subscriptions.pb.h"

namespace quittance::rpc {
namespace {

using google::protobuf::FileDescriptor;
using options::v1::MethodPolicy;

std::vector<const FileDescriptor*> Contracts() {
  return {auth::v1::User::descriptor()->file(),          billing::v1::Refund::descriptor()->file(),
          subscriptions::v1::Plan::descriptor()->file(), notifications::v1::Notification::descriptor()->file(),
          common::v1::Setting::descriptor()->file(),     common::v1::AuditEntry::descriptor()->file()};
}

TEST(MethodTable, EveryRpcOfEveryServiceHasAPolicyThatHolds) {
  metrics::Registry metrics;
  MethodTable table(metrics);
  std::set<std::string> requests;
  int methods = 0;
  for (const FileDescriptor* file : Contracts()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (const std::string& problem : table.Add(file->service(s)->full_name())) ADD_FAILURE() << problem;
      for (int m = 0; m < file->service(s)->method_count(); ++m, ++methods) {
        const auto* method = file->service(s)->method(m);
        EXPECT_EQ(PolicyProblem(*method), "") << method->full_name();
        EXPECT_TRUE(requests.insert(method->input_type()->full_name()).second) << "shared: " << method->input_type()->full_name();
      }
    }
  }
  EXPECT_GE(methods, 30);
}

TEST(MethodTable, DeniesByDefault) {
  metrics::Registry metrics;
  MethodTable table(metrics);
  EXPECT_EQ(table.Find(subscriptions::v1::GetPlanRequest()), nullptr);
  EXPECT_TRUE(table.Add("quittance.subscriptions.v1.PlanService").empty());
  ASSERT_NE(table.Find(subscriptions::v1::GetPlanRequest()), nullptr);
  EXPECT_EQ(table.Find(subscriptions::v1::GetPlanRequest())->full_name, "quittance.subscriptions.v1.PlanService.GetPlan");
  EXPECT_EQ(table.Find(subscriptions::v1::GetMembershipRequest()), nullptr) << "another service, not registered";
  EXPECT_EQ(table.Find(subscriptions::v1::Plan()), nullptr) << "no request at all";
  EXPECT_TRUE(table.Add("grpc.health.v1.Health").empty());
}

TEST(MethodTable, MetricsAreThereBeforeTheFirstCall) {
  metrics::Registry metrics;
  MethodTable table(metrics);
  table.Add("quittance.subscriptions.v1.PlanService");
  const std::string text = metrics.Render();
  EXPECT_NE(text.find("grpc_server_started_total{grpc_method=\"CreatePlan\",grpc_service=\"quittance.subscriptions.v1.PlanService\",grpc_"
                      "type=\"unary\"} 0"),
            std::string::npos);
  EXPECT_NE(text.find("grpc_code=\"NotFound\""), std::string::npos);
  EXPECT_NE(text.find("grpc_server_handling_seconds_bucket"), std::string::npos);
}

// A contract made for this test, with one rpc per broken policy.
class Broken : public ::testing::Test {
 protected:
  std::string Problem(const std::function<void(MethodPolicy*)>& fill, bool with_policy = true, bool with_key = false) {
    google::protobuf::FileDescriptorProto file;
    file.set_name("broken" + std::to_string(++count_) + ".proto");
    file.set_package("broken" + std::to_string(count_));
    file.set_syntax("proto3");
    auto* request = file.add_message_type();
    request->set_name("AskRequest");
    if (with_key) {
      auto* field = request->add_field();
      field->set_name("request_id");
      field->set_number(1);
      field->set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
      field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    }
    auto* service = file.add_service();
    service->set_name("AskService");
    auto* method = service->add_method();
    method->set_name("Ask");
    method->set_input_type("AskRequest");
    method->set_output_type("AskRequest");
    if (with_policy) fill(method->mutable_options()->MutableExtension(options::v1::policy));
    const FileDescriptor* built = pool_.BuildFile(file);
    EXPECT_NE(built, nullptr);
    return built == nullptr ? "" : PolicyProblem(*built->service(0)->method(0));
  }

  google::protobuf::DescriptorPool pool_{google::protobuf::DescriptorPool::generated_pool()};
  int count_ = 0;
};

TEST_F(Broken, PoliciesThatWouldOpenTooMuchOrNothingAreRefused) {
  const auto full = [](MethodPolicy* p) {
    p->set_access(options::v1::ACCESS_TENANT);
    p->set_rate(options::v1::RATE_CLASS_API);
    p->add_scopes("billing:read");
  };
  EXPECT_EQ(Problem(full), "");
  EXPECT_NE(Problem(full, false), "");
  EXPECT_NE(Problem([](MethodPolicy* p) { p->set_rate(options::v1::RATE_CLASS_API); }), "");
  EXPECT_NE(Problem([](MethodPolicy* p) {
              p->set_access(options::v1::ACCESS_TENANT);
              p->add_scopes("a:b");
            }),
            "")
      << "no rate class";
  EXPECT_NE(Problem([](MethodPolicy* p) {
              p->set_access(options::v1::ACCESS_TENANT);
              p->set_rate(options::v1::RATE_CLASS_API);
            }),
            "")
      << "nobody";
  EXPECT_NE(Problem([&](MethodPolicy* p) {
              full(p);
              p->set_access(options::v1::ACCESS_ANONYMOUS);
            }),
            "");
  EXPECT_NE(Problem([&](MethodPolicy* p) {
              full(p);
              p->set_access(options::v1::ACCESS_PROCESS);
              p->set_own(true);
            }),
            "");
  EXPECT_NE(Problem([&](MethodPolicy* p) {
              full(p);
              p->set_idempotency_key(true);
            }),
            "")
      << "no request_id";
  EXPECT_EQ(Problem(
                [&](MethodPolicy* p) {
                  full(p);
                  p->set_idempotency_key(true);
                },
                true, true),
            "");
  EXPECT_NE(Problem(full, true, true), "") << "a request_id that nothing looks at";
}

}  // namespace
}  // namespace quittance::rpc
