// Rows of payments with their attempts. Invariant: no change of a payment is written without its outbox events; tenant_id leads every key.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>

#include "common/core/page.h"
#include "common/db/tx.h"
#include "common/events/outbox.h"
#include "services/billing/domain/intent.h"
#include "services/billing/domain/payment.h"

namespace quittance::billing::store {

struct PaymentKey {
  TenantId tenant;
  PaymentId id;

  auto operator<=>(const PaymentKey&) const = default;
};

// What became of one payment of a batch of inserts.
struct Inserted {
  bool inserted = false;
  std::optional<PaymentId> open;  // another intent of this purchase is open
  std::optional<PaymentId> paid;  // this purchase is bought once, and was
};

// Inserts payments sorted by purchase, refuses what the purchase does not allow, appends the event of each that is in. In the order given.
std::vector<Inserted> InsertPayments(db::Tx& tx, std::span<const Payment> payments,
                                     const std::function<::quittance::events::Event(const Payment&)>& event_of);

// FOR UPDATE, in the order of their ids; those that do not exist are missing from the answer.
std::map<PaymentKey, Payment> LockPayments(db::Tx& tx, const std::set<PaymentKey>& keys);
std::optional<Payment> LockPayment(db::Tx& tx, PaymentKey key);
std::optional<Payment> FindPayment(db::Tx& tx, PaymentKey key);

struct PaymentFilter {
  TenantId tenant;
  std::optional<UserId> user;
  std::optional<Status> status;
};
// Newest first.
std::vector<Payment> ListPayments(db::Tx& tx, const PaymentFilter& filter, const PageRequest& page);

// Writes the folded columns, times and version of each.
void UpdatePayments(db::Tx& tx, std::span<const Payment> payments, std::span<const ::quittance::events::Event> events);

// Other payments of the same purchase, locked (order of ids).
std::vector<Sibling> LockSiblings(db::Tx& tx, const Payment& payment);

// Unpaid intents whose time is over: leased to the caller for `lease`, their next look set to `again_at` (system role).
std::vector<PaymentKey> ClaimExpiring(db::Tx& tx, TimePoint now, TimePoint again_at, std::chrono::seconds lease, int limit);

// Of those that exist (system role).
std::map<PaymentKey, std::int64_t> VersionsOf(db::Tx& tx, const std::set<PaymentKey>& keys);

// The next look at an unpaid intent.
void SetExpireCheck(db::Tx& tx, PaymentKey key, TimePoint at);

// Users of a tenant with money under way or just arrived, for these plans (system role).
struct Payers {
  std::vector<UserId> paid;
  std::vector<UserId> unsettled;
};
Payers UnsettledPayers(db::Tx& tx, TenantId tenant, std::span<const UserId> users, std::span<const std::string> plans, TimePoint since);

}  // namespace quittance::billing::store
