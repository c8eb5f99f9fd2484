// See view.h.
#include "tests/chaos/view.h"

namespace quittance::chaos {
namespace {

template <class Value>
std::optional<Value> Find(const std::map<std::string, Value>& all, const std::string& key) {
  const auto found = all.find(key);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

View::View(e2e::Stack& stack, const e2e::TenantSetup& tenant)
    : stack_(stack), chat_(tenant.chat_id), billing_(stack, "billing"), subscriptions_(stack, "subscriptions") {
  Database auth(stack, "auth");
  tenant_id_ = auth.Run("SELECT tenant_id FROM tenants WHERE code = '" + tenant.code + "'").at(0).at(0).as<std::string>();
}

void View::Refresh() {
  std::map<std::string, PaymentView> payments;
  for (const auto& row : billing_.Run(
           "SELECT 'pay_' || replace(p.id::text, '-', ''), 'usr_' || replace(p.user_id::text, '-', ''), p.status, p.detail, "
           "p.captured_minor,"
           " p.refunded_minor, p.version, a.psp, a.psp_reference, a.status, a.number, a.unknown, a.check_at IS NOT NULL"
           " FROM payments p JOIN LATERAL (SELECT * FROM payment_attempts a WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id"
           " ORDER BY number DESC LIMIT 1) a ON true WHERE p.tenant_id = '" +
           tenant_id_ + "'")) {
    PaymentView payment{row[0].as<std::string>(),  row[1].as<std::string>(),  row[2].as<std::string>(),  row[3].as<std::string>(),
                        row[4].as<std::int64_t>(), row[5].as<std::int64_t>(), row[6].as<std::int64_t>(), row[7].as<std::string>(),
                        row[8].as<std::string>(),  row[9].as<std::string>(),  row[10].as<int>(),         row[11].as<bool>(),
                        row[12].as<bool>()};
    payments[payment.id] = std::move(payment);
  }
  std::map<std::string, SubscriptionView> subscriptions;
  for (const auto& row :
       subscriptions_.Run("SELECT 'sub_' || replace(id::text, '-', ''), 'usr_' || replace(user_id::text, '-', ''), status,"
                          " extract(epoch FROM current_period_end)::bigint, version FROM subscriptions WHERE tenant_id = '" +
                          tenant_id_ + "'")) {
    subscriptions[row[1].as<std::string>()] = {row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>(),
                                               row[3].as<std::int64_t>(), row[4].as<std::int64_t>()};
  }
  std::map<std::string, MembershipView> memberships;
  for (const auto& row : subscriptions_.Run(
           "SELECT 'mem_' || replace(id::text, '-', ''), 'usr_' || replace(user_id::text, '-', ''), state, invite_link, version,"
           " EXISTS (SELECT FROM telegram_accounts a WHERE a.tenant_id = m.tenant_id AND a.user_id = m.user_id)"
           " FROM memberships m WHERE tenant_id = '" +
           tenant_id_ + "'")) {
    memberships[row[1].as<std::string>()] = {row[0].as<std::string>(), row[1].as<std::string>(),  row[2].as<std::string>(),
                                             row[3].as<std::string>(), row[4].as<std::int64_t>(), row[5].as<bool>()};
  }
  std::map<std::int64_t, std::string> inside;
  for (const auto& member : stack_.Listing("telegram/members?chat=" + chat_)) {
    inside[member.at("user").get<std::int64_t>()] = member.at("status").get<std::string>();
  }
  const std::lock_guard lock(mutex_);
  payments_.swap(payments);
  subscriptions_of_.swap(subscriptions);
  memberships_of_.swap(memberships);
  inside_.swap(inside);
}

std::optional<PaymentView> View::Payment(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return Find(payments_, id);
}

std::optional<SubscriptionView> View::SubscriptionOf(const std::string& user) const {
  const std::lock_guard lock(mutex_);
  return Find(subscriptions_of_, user);
}

std::optional<MembershipView> View::MembershipOf(const std::string& user) const {
  const std::lock_guard lock(mutex_);
  return Find(memberships_of_, user);
}

bool View::IsInside(std::int64_t telegram_user) const {
  const std::lock_guard lock(mutex_);
  const auto found = inside_.find(telegram_user);
  return found != inside_.end() && found->second == "member";
}

std::map<std::string, PaymentView> View::Payments() const {
  const std::lock_guard lock(mutex_);
  return payments_;
}

}  // namespace quittance::chaos
