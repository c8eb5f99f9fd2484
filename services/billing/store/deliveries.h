// Rows of webhooks. Invariant: one (tenant, connection, event id) once; other bytes under the same id are quarantined, never applied.
#pragma once

#include "services/billing/domain/delivery.h"
#include "services/billing/store/attempts.h"

namespace quittance::billing::store {

using billing::Delivery;
using billing::DeliveryState;

struct NewDelivery {
  DeliveryId id;
  TenantId tenant;
  std::string connection;
  std::string event_id;
  std::string event_type;
  std::string body_hash;  // 32 bytes
  std::string sealed_body;
  TimePoint receive_time;
};

enum class Intake { kFresh, kDuplicate, kQuarantined };
// What each is beside those that are stored and those before it: new, told before, or other bytes under a known id. In the order given.
std::vector<Intake> JudgeDeliveries(db::Tx& tx, std::span<const NewDelivery> deliveries);

struct DeliveryOutcome {
  TenantId tenant;
  DeliveryId id;
  DeliveryState state;
  std::string reason;
  std::optional<PaymentId> payment;
  std::optional<TimePoint> retry_at;  // of a parked one
};
// Fresh ones with what became of them: deliveries[i] belongs to outcomes[i]. Another process may have taken one since it was judged: then
// the whole transaction runs again (RetryTransaction), so that nothing is applied twice.
void InsertDeliveries(db::Tx& tx, std::span<const NewDelivery> deliveries, std::span<const DeliveryOutcome> outcomes);
// Other bytes under a known id, each once.
void InsertQuarantined(db::Tx& tx, std::span<const NewDelivery> deliveries);
void SetOutcomes(db::Tx& tx, std::span<const DeliveryOutcome> outcomes, TimePoint now);

// Parked webhooks that are due, leased (system role).
struct ParkedDelivery {
  NewDelivery delivery;
  std::string reason;
  int tries = 0;
};
std::vector<ParkedDelivery> ClaimParked(db::Tx& tx, TimePoint now, std::chrono::seconds lease, int limit);

struct DeliveryFilter {
  TenantId tenant;
  std::string connection;  // empty: all
  std::optional<DeliveryState> state;
  std::optional<PaymentId> payment;
};
// Newest first.
std::vector<Delivery> ListDeliveries(db::Tx& tx, const DeliveryFilter& filter, const PageRequest& page);
std::optional<Delivery> FindDelivery(db::Tx& tx, TenantId tenant, DeliveryId delivery);
std::optional<Delivery> LockDelivery(db::Tx& tx, TenantId tenant, DeliveryId delivery);
// Parked and due at `now`, as if it had just come.
void ParkAnew(db::Tx& tx, TenantId tenant, DeliveryId delivery, TimePoint now);

// A webhook that is not believed: a hash, at most kRejectionsPerMinute a tenant. False: over the bound, nothing stored.
inline constexpr int kRejectionsPerMinute = 60;
struct RejectedWebhook {
  DeliveryId id;
  TenantId tenant;
  std::string connection;
  std::string reason;
  std::string body_hash;
  std::string source_hash;
  TimePoint receive_time;
};
bool InsertRejection(db::Tx& tx, const RejectedWebhook& rejected);

// Rows past their retention, at most `limit`; how many went (system role).
int PurgeDeliveries(db::Tx& tx, TimePoint before, int limit);
int PurgeKeys(db::Tx& tx, std::chrono::seconds age, int limit);
int PurgeInbox(db::Tx& tx, std::chrono::seconds age, int limit);

}  // namespace quittance::billing::store
