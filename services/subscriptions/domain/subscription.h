// A subscription: what the periods of one (tenant, user, access) come to, and how it moves from one status to the next.
// Invariant: a status changes only along kSubscriptionMoves, and every move raises the version by one and names one event.
#pragma once

#include <array>

#include "services/subscriptions/domain/payment_news.h"
#include "services/subscriptions/domain/period.h"

namespace quittance::subscriptions {

enum class SubscriptionStatus { kNew, kActive, kExpired, kSuspended, kCanceled };  // kNew: not stored yet
inline constexpr std::array kSubscriptionStatuses = {SubscriptionStatus::kNew, SubscriptionStatus::kActive, SubscriptionStatus::kExpired,
                                                     SubscriptionStatus::kSuspended, SubscriptionStatus::kCanceled};

enum class SubscriptionTrigger {
  kPaid,        // a payment gave time
  kRestored,    // time that was held or revoked is given again
  kHeld,        // time stands still
  kCut,         // time was taken away, some is left
  kEmptied,     // time was taken away, none is left
  kReminded,    // 48 h are left
  kEndReached,  // the time is over
};
inline constexpr std::array kSubscriptionTriggers = {
    SubscriptionTrigger::kPaid,    SubscriptionTrigger::kRestored, SubscriptionTrigger::kHeld,      SubscriptionTrigger::kCut,
    SubscriptionTrigger::kEmptied, SubscriptionTrigger::kReminded, SubscriptionTrigger::kEndReached};

enum class SubscriptionEvent { kActivated, kRenewed, kReminderDue, kExpired, kSuspended, kReinstated, kCanceled, kUpdated };

struct SubscriptionMove {
  SubscriptionStatus from;
  SubscriptionTrigger trigger;
  SubscriptionStatus to;
  SubscriptionEvent event;
};

inline constexpr std::array kSubscriptionMoves = {
    SubscriptionMove{SubscriptionStatus::kNew, SubscriptionTrigger::kPaid, SubscriptionStatus::kActive, SubscriptionEvent::kActivated},
    SubscriptionMove{SubscriptionStatus::kNew, SubscriptionTrigger::kHeld, SubscriptionStatus::kSuspended, SubscriptionEvent::kSuspended},
    SubscriptionMove{SubscriptionStatus::kActive, SubscriptionTrigger::kPaid, SubscriptionStatus::kActive, SubscriptionEvent::kRenewed},
    SubscriptionMove{SubscriptionStatus::kActive, SubscriptionTrigger::kRestored, SubscriptionStatus::kActive,
                     SubscriptionEvent::kReinstated},
    SubscriptionMove{SubscriptionStatus::kActive, SubscriptionTrigger::kHeld, SubscriptionStatus::kSuspended,
                     SubscriptionEvent::kSuspended},
    SubscriptionMove{SubscriptionStatus::kActive, SubscriptionTrigger::kCut, SubscriptionStatus::kActive, SubscriptionEvent::kUpdated},
    SubscriptionMove{SubscriptionStatus::kActive, SubscriptionTrigger::kEmptied, SubscriptionStatus::kCanceled,
                     SubscriptionEvent::kCanceled},
    SubscriptionMove{SubscriptionStatus::kActive, SubscriptionTrigger::kReminded, SubscriptionStatus::kActive,
                     SubscriptionEvent::kReminderDue},
    SubscriptionMove{SubscriptionStatus::kActive, SubscriptionTrigger::kEndReached, SubscriptionStatus::kExpired,
                     SubscriptionEvent::kExpired},
    SubscriptionMove{SubscriptionStatus::kExpired, SubscriptionTrigger::kPaid, SubscriptionStatus::kActive, SubscriptionEvent::kActivated},
    SubscriptionMove{SubscriptionStatus::kExpired, SubscriptionTrigger::kRestored, SubscriptionStatus::kActive,
                     SubscriptionEvent::kReinstated},
    SubscriptionMove{SubscriptionStatus::kExpired, SubscriptionTrigger::kHeld, SubscriptionStatus::kSuspended,
                     SubscriptionEvent::kSuspended},
    SubscriptionMove{SubscriptionStatus::kCanceled, SubscriptionTrigger::kPaid, SubscriptionStatus::kActive, SubscriptionEvent::kActivated},
    SubscriptionMove{SubscriptionStatus::kCanceled, SubscriptionTrigger::kRestored, SubscriptionStatus::kActive,
                     SubscriptionEvent::kReinstated},
    SubscriptionMove{SubscriptionStatus::kCanceled, SubscriptionTrigger::kHeld, SubscriptionStatus::kSuspended,
                     SubscriptionEvent::kSuspended},
    SubscriptionMove{SubscriptionStatus::kSuspended, SubscriptionTrigger::kPaid, SubscriptionStatus::kSuspended,
                     SubscriptionEvent::kRenewed},
    SubscriptionMove{SubscriptionStatus::kSuspended, SubscriptionTrigger::kRestored, SubscriptionStatus::kActive,
                     SubscriptionEvent::kReinstated},
    SubscriptionMove{SubscriptionStatus::kSuspended, SubscriptionTrigger::kCut, SubscriptionStatus::kSuspended,
                     SubscriptionEvent::kUpdated},
    SubscriptionMove{SubscriptionStatus::kSuspended, SubscriptionTrigger::kEmptied, SubscriptionStatus::kCanceled,
                     SubscriptionEvent::kCanceled},
};

// nullptr: the status refuses the trigger.
const SubscriptionMove* FindMove(SubscriptionStatus from, SubscriptionTrigger trigger);

inline constexpr std::chrono::hours kReminderLead{48};

struct Subscription {
  TenantId tenant;
  SubscriptionId id;
  UserId user;
  std::string access;
  std::string plan_code;
  SubscriptionStatus status = SubscriptionStatus::kNew;
  TimePoint current_period_start{};
  TimePoint current_period_end{};
  std::optional<TimePoint> suspended_at;  // set while kSuspended: time stands still since then
  std::optional<TimePoint> reminder_at;   // the reminder's due time; none: sent, or not to be sent
  bool cancel_at_period_end = false;
  std::int64_t version = 0;
  TimePoint create_time{};
  TimePoint update_time{};

  // Begun seconds until the end, 0 when it is over; what is frozen while suspended.
  std::int64_t SecondsRemaining(TimePoint now) const;
  bool Expiring(TimePoint now) const;  // running, and 48 h or less are left

  // The row after one of its payments changed: `at` is when the change became true (succeed_time for a payment). nullopt: nothing visible
  // changed.
  std::optional<SubscriptionEvent> TakeNews(const Layout& layout, PeriodChange change, TimePoint at, TimePoint now);
  // Of a row that is due. nullopt: it is not, after all.
  std::optional<SubscriptionEvent> Expire(TimePoint now);
  std::optional<SubscriptionEvent> Remind(TimePoint now);

 private:
  std::optional<SubscriptionEvent> Move(SubscriptionTrigger trigger, TimePoint now);
};

}  // namespace quittance::subscriptions
