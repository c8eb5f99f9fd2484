// The contract as a test: no rpc without its policy, every mutating rpc with its key, every event type with whole state, nothing personal
// on Kafka.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "quittance/auth/v1/auth.pb.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "quittance/billing/v1/billing_events.pb.h"
#include "quittance/billing/v1/invoices.pb.h"
#include "quittance/billing/v1/manual_payments.pb.h"
#include "quittance/billing/v1/payment_methods.pb.h"
#include "quittance/billing/v1/reconciliation.pb.h"
#include "quittance/common/v1/audit.pb.h"
#include "quittance/common/v1/person.pb.h"
#include "quittance/common/v1/settings.pb.h"
#include "quittance/notifications/v1/notifications_events.pb.h"
#include "quittance/options/v1/options.pb.h"
#include "quittance/subscriptions/v1/subscriptions_events.pb.h"

namespace quittance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

std::vector<const FileDescriptor*> ServiceFiles() {
  return {auth::v1::User::descriptor()->file(),
          billing::v1::PaymentIntent::descriptor()->file(),
          subscriptions::v1::Plan::descriptor()->file(),
          notifications::v1::Notification::descriptor()->file(),
          billing::v1::ReceivingAddress::descriptor()->file(),
          billing::v1::Invoice::descriptor()->file(),
          billing::v1::PaymentMethod::descriptor()->file(),
          billing::v1::Discrepancy::descriptor()->file(),
          common::v1::Setting::descriptor()->file(),
          common::v1::AuditEntry::descriptor()->file(),
          common::v1::PersonRecord::descriptor()->file()};
}

TEST(Contract, NoRpcLacksItsPolicy) {
  int methods = 0;
  for (const auto* file : ServiceFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m, ++methods) {
        const auto& method = *file->service(s)->method(m);
        ASSERT_TRUE(method.options().HasExtension(options::v1::policy)) << method.full_name();
        const auto& policy = method.options().GetExtension(options::v1::policy);
        EXPECT_NE(policy.access(), options::v1::ACCESS_UNSPECIFIED) << method.full_name();
        EXPECT_NE(policy.rate(), options::v1::RATE_CLASS_UNSPECIFIED) << method.full_name();
        if (policy.access() == options::v1::ACCESS_TENANT) EXPECT_TRUE(policy.scopes_size() > 0 || policy.own()) << method.full_name();
        if (policy.access() == options::v1::ACCESS_PROCESS || policy.access() == options::v1::ACCESS_PLATFORM) {
          EXPECT_GT(policy.scopes_size(), 0) << method.full_name();
          EXPECT_FALSE(policy.own()) << method.full_name();
        }
      }
    }
  }
  EXPECT_GE(methods, 36);
}

TEST(Contract, I12_EveryMutatingRpcOfATenantTakesAKey) {
  const std::set<std::string> reads = {"Get", "List", "Check", "ResolveContacts", "Poll", "Ingest", "Watch", "Export", "Verify", "Logout"};
  for (const auto* file : ServiceFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto& method = *file->service(s)->method(m);
        const auto& policy = method.options().GetExtension(options::v1::policy);
        const bool read = std::any_of(reads.begin(), reads.end(), [&](const auto& verb) { return method.name().rfind(verb, 0) == 0; });
        if (policy.access() == options::v1::ACCESS_ANONYMOUS || read) {
          EXPECT_FALSE(policy.idempotency_key()) << method.full_name();
          continue;
        }
        EXPECT_TRUE(policy.idempotency_key() && policy.audited()) << method.full_name();
        EXPECT_NE(method.input_type()->FindFieldByName("request_id"), nullptr) << method.full_name();
      }
    }
  }
}

// An event carries the whole state of its aggregate, and never an address, a phone or a clear token.
TEST(Contract, EventsCarryStateAndNothingPersonal) {
  const std::set<std::string> personal = {"email", "phone", "password", "client_secret", "access_token", "refresh_token", "external_id"};
  for (const auto* file :
       {auth::v1::UserCreated::descriptor()->file(), billing::v1::PaymentCreated::descriptor()->file(),
        subscriptions::v1::PlanPublished::descriptor()->file(), notifications::v1::NotificationSent::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor& event = *file->message_type(i);
      for (int f = 0; f < event.field_count(); ++f) {
        EXPECT_EQ(personal.count(event.field(f)->name()), 0u) << event.full_name() << "." << event.field(f)->name();
      }
    }
  }
}

std::string Document(const std::string& name) {
  std::ifstream file(QUITTANCE_SOURCE_DIR "/docs/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// docs/events.md and docs/asyncapi.yaml list every event, and no other.
TEST(Contract, TheDocumentsNameEveryEvent) {
  const std::string document = Document("events.md");
  const std::string api = Document("asyncapi.yaml");
  int events = 0;
  for (const auto* proto :
       {auth::v1::UserCreated::descriptor()->file(), billing::v1::PaymentCreated::descriptor()->file(),
        subscriptions::v1::PlanPublished::descriptor()->file(), notifications::v1::NotificationSent::descriptor()->file()}) {
    for (int i = 0; i < proto->message_type_count(); ++i) {
      const std::string name = proto->message_type(i)->name();
      if (name.size() > 5 && name.compare(name.size() - 5, 5, "State") == 0) continue;  // a part, not an event
      ++events;
      EXPECT_NE(document.find("| `" + name + "` |"), std::string::npos) << name;
      EXPECT_EQ(Count(api, "\n      name: " + proto->message_type(i)->full_name() + "\n"), 1) << name;
    }
  }
  std::istringstream lines(document);
  int rows = 0;
  for (std::string line; std::getline(lines, line);)
    rows += line.rfind("| `", 0) == 0 && std::isupper(static_cast<unsigned char>(line[3])) != 0 ? 1 : 0;
  EXPECT_EQ(rows, events);
  EXPECT_EQ(Count(api, "\n      name: quittance."), events);
}

}  // namespace
}  // namespace quittance
