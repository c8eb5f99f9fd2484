// What is so, read once for all customers of a wave: payments, subscriptions and memberships of the tenant from the databases, members of
// the channel from the sandbox.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "tests/chaos/database.h"
#include "tests/e2e/provision.h"

namespace quittance::chaos {

struct PaymentView {
  std::string id, user, status, detail;
  std::int64_t captured = 0, refunded = 0, version = 0;
  // Of the newest attempt.
  std::string psp, reference, attempt_status;
  int attempts = 0;
  bool unknown = false;
  bool janitor_waits = false;  // it will ask the PSP again
};

struct SubscriptionView {
  std::string id, user, status;
  std::int64_t end = 0, version = 0;  // Unix seconds
};

struct MembershipView {
  std::string id, user, state, link;
  std::int64_t version = 0;
  bool linked = false;  // the user's Telegram account is known
};

class View {
 public:
  View(e2e::Stack& stack, const e2e::TenantSetup& tenant);
  void Refresh();

  std::optional<PaymentView> Payment(const std::string& id) const;
  std::optional<SubscriptionView> SubscriptionOf(const std::string& user) const;
  std::optional<MembershipView> MembershipOf(const std::string& user) const;
  bool IsInside(std::int64_t telegram_user) const;
  std::map<std::string, PaymentView> Payments() const;
  std::string tenant_id() const { return tenant_id_; }  // as the databases have it

 private:
  e2e::Stack& stack_;
  const std::string chat_;
  std::string tenant_id_;
  Database billing_, subscriptions_;
  mutable std::mutex mutex_;
  std::map<std::string, PaymentView> payments_;               // by id
  std::map<std::string, SubscriptionView> subscriptions_of_;  // by user
  std::map<std::string, MembershipView> memberships_of_;
  std::map<std::int64_t, std::string> inside_;  // status by Telegram's user id
};

}  // namespace quittance::chaos
