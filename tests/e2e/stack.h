// A client of a running stack, as an outside backend would have it: endpoints.json, gRPC with tokens, HTTP, Kafka, the sandbox's controls.
// Used by the seed, the demo and the end-to-end tests. Invariant: it reaches the stack through its public interface only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "quittance/auth/v1/auth.grpc.pb.h"
#include "quittance/billing/v1/billing.grpc.pb.h"
#include "quittance/billing/v1/invoices.grpc.pb.h"
#include "quittance/billing/v1/manual_payments.grpc.pb.h"
#include "quittance/billing/v1/payment_methods.grpc.pb.h"
#include "quittance/billing/v1/reconciliation.grpc.pb.h"
#include "quittance/common/v1/audit.grpc.pb.h"
#include "quittance/common/v1/settings.grpc.pb.h"
#include "quittance/notifications/v1/notifications.grpc.pb.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"

namespace quittance::e2e {

using Json = nlohmann::json;

struct Account {
  std::string client_id;
  std::string client_secret;
};

struct HttpAnswer {
  long status = 0;  // 0: no answer
  std::string body;
  std::map<std::string, std::string> headers;  // lower case names

  Json json() const { return Json::parse(body); }
};

HttpAnswer Http(const std::string& method, const std::string& url, const std::string& body = "",
                const std::vector<std::string>& headers = {});

// What a call gave: the status with its details taken apart.
template <class Response>
struct Answer {
  grpc::Status status;
  Response value;
  bool replayed = false;
  std::string reason;               // of google.rpc.ErrorInfo
  std::vector<std::string> fields;  // of google.rpc.BadRequest
  bool retry_hint = false;          // google.rpc.RetryInfo is there

  bool ok() const { return status.ok(); }
};

struct Details {
  std::string reason;
  std::vector<std::string> fields;
  bool retry_hint = false;
  std::chrono::milliseconds retry_after{0};  // what the hint says
};
Details DetailsOf(const grpc::Status& status);

inline constexpr std::chrono::seconds kCallTimeout{20};
inline constexpr std::chrono::seconds kPatience{120};  // only what fails waits so long; a machine that other work fills may need it

template <class Stub, class Request, class Response>
Answer<Response> Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), const std::string& token,
                      const Request& request, const std::map<std::string, std::string>& metadata = {},
                      std::chrono::milliseconds deadline = kCallTimeout) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  for (const auto& [name, value] : metadata) context.AddMetadata(name, value);
  Answer<Response> answer;
  answer.status = (stub.*method)(&context, request, &answer.value);
  answer.replayed = context.GetServerInitialMetadata().count("idempotent-replayed") > 0;
  const Details details = DetailsOf(answer.status);
  answer.reason = details.reason;
  answer.fields = details.fields;
  answer.retry_hint = details.retry_hint;
  return answer;
}

class Stack {
 public:
  explicit Stack(const std::string& endpoints_file);

  const Json& endpoints() const { return endpoints_; }
  // What to dial or to ask; of several ingresses each in turn.
  std::string at(const std::string& name) const;
  // One address for each replica.
  std::vector<std::string> each(const std::string& name) const;
  // Over all replicas of a service in turn, with the standard retries of gRPC on UNAVAILABLE: a client that had no call under way for some
  // seconds learns of a peer's end only by its next call.
  std::shared_ptr<grpc::Channel> Channel(const std::string& service) const;

  auth::v1::AuthService::Stub& login() { return *login_; }
  auth::v1::UserService::Stub& users() { return *users_; }
  auth::v1::ServiceAccountService::Stub& accounts() { return *accounts_; }
  auth::v1::TenantService::Stub& tenants() { return *tenants_; }
  auth::v1::KeyService::Stub& keys() { return *keys_; }
  billing::v1::BillingService::Stub& billing() { return *billing_; }
  billing::v1::WebhookService::Stub& webhooks() { return *webhooks_; }
  billing::v1::InvoiceService::Stub& invoices() { return *invoices_; }
  billing::v1::PaymentMethodService::Stub& methods() { return *methods_; }
  billing::v1::ManualPaymentService::Stub& transfers() { return *transfers_; }
  billing::v1::ReconciliationService::Stub& reconciliation() { return *reconciliation_; }
  subscriptions::v1::PlanService::Stub& plans() { return *plans_; }
  subscriptions::v1::SubscriptionService::Stub& subscriptions() { return *subscriptions_; }
  subscriptions::v1::MembershipService::Stub& memberships() { return *memberships_; }
  notifications::v1::NotificationService::Stub& notifications() { return *notifications_; }
  common::v1::SettingsService::Stub& settings(const std::string& service);
  common::v1::AuditService::Stub& audit(const std::string& service);

  // An account's access token; fetched anew when the business clock was moved or it is 10 minutes old.
  std::string Token(const Account& account);
  Account account(const std::string& name) const;  // platform, operator, backend of endpoints.json

  // The sandbox's controls.
  Json Control(const std::string& path, const Json& body);
  Json Listing(const std::string& path_and_query);

  // The test clock of the stack.
  void AdvanceClock(std::chrono::seconds by) { SetClock(ClockOffset() + by); }
  // Backwards only a process that starts anew believes it.
  void SetClock(std::chrono::seconds offset);
  std::chrono::seconds ClockOffset() const;
  std::int64_t BusinessNow() const;  // Unix seconds

 private:
  Json endpoints_;
  mutable std::atomic<std::size_t> turn_{0};
  std::map<std::string, std::pair<std::string, std::chrono::steady_clock::time_point>> tokens_;
  std::mutex tokens_mutex_;
  std::unique_ptr<auth::v1::AuthService::Stub> login_;
  std::unique_ptr<auth::v1::UserService::Stub> users_;
  std::unique_ptr<auth::v1::ServiceAccountService::Stub> accounts_;
  std::unique_ptr<auth::v1::TenantService::Stub> tenants_;
  std::unique_ptr<auth::v1::KeyService::Stub> keys_;
  std::unique_ptr<billing::v1::BillingService::Stub> billing_;
  std::unique_ptr<billing::v1::WebhookService::Stub> webhooks_;
  std::unique_ptr<billing::v1::InvoiceService::Stub> invoices_;
  std::unique_ptr<billing::v1::PaymentMethodService::Stub> methods_;
  std::unique_ptr<billing::v1::ManualPaymentService::Stub> transfers_;
  std::unique_ptr<billing::v1::ReconciliationService::Stub> reconciliation_;
  std::unique_ptr<subscriptions::v1::PlanService::Stub> plans_;
  std::unique_ptr<subscriptions::v1::SubscriptionService::Stub> subscriptions_;
  std::unique_ptr<subscriptions::v1::MembershipService::Stub> memberships_;
  std::unique_ptr<notifications::v1::NotificationService::Stub> notifications_;
  std::map<std::string, std::unique_ptr<common::v1::SettingsService::Stub>> settings_;
  std::map<std::string, std::unique_ptr<common::v1::AuditService::Stub>> audit_;
};

// Polls until `done` is true; false after `limit`.
bool Eventually(const std::function<bool()>& done, std::chrono::seconds limit = kPatience);

// Random lower case hexadecimal digits, for idempotency keys and names.
std::string RandomHex(int digits);
// For references: one of digits alone may look like a card number, and is refused for it.
std::string RandomLetters(int count);

}  // namespace quittance::e2e
