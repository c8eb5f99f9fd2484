// Rows of notifications. Invariant: one row per (tenant, dedupe key); a row is finished only by the claim that holds it, and a final state
// goes with its event. Due rows are found by business time, leases run on database time.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "common/core/page.h"
#include "common/db/tx.h"
#include "common/events/event.h"
#include "services/notifications/domain/notification.h"

namespace quittance::notifications::store {

// False: the effect was told of before, nothing was written.
bool InsertNotification(db::Tx& tx, const Notification& notification);

// Due rows, oldest first, leased; each comes back with the number of its claim in `attempt`.
std::vector<Notification> ClaimDueNotifications(db::Tx& tx, TimePoint now, int limit, std::chrono::milliseconds lease);

// A claimed row and the number of its claim.
struct Claim {
  TenantId tenant;
  NotificationId id;
  int attempt;
};
void RenewLeases(db::Tx& tx, std::span<const Claim> claims, std::chrono::milliseconds lease);
// Gives claims back: the rows are due as they were.
void ReleaseClaims(db::Tx& tx, std::span<const Claim> claims);

// Writes what became of a claimed row, with its event where the state is final. False: the lease was lost, nothing was written.
bool CompleteNotification(db::Tx& tx, const Notification& notification, const std::optional<quittance::events::Event>& event);

// Rows that still wait to tell of `subject` with this template, locked.
std::vector<Notification> LockOpenNotifications(db::Tx& tx, TenantId tenant, std::string_view subject, std::string_view template_name);

// Whatever waits to be told to this person, locked.
std::vector<Notification> LockOpenNotificationsOf(db::Tx& tx, TenantId tenant, UserId user);
// Empties the parameters of all rows of this person; how many had some.
int ForgetParams(db::Tx& tx, TenantId tenant, UserId user);

std::optional<Notification> FindNotification(db::Tx& tx, TenantId tenant, NotificationId id);

struct ListFilter {
  std::optional<UserId> user;
  std::optional<State> state;
};
// In order of creation.
std::vector<Notification> ListNotifications(db::Tx& tx, TenantId tenant, const ListFilter& filter, const PageRequest& page);

}  // namespace quittance::notifications::store
