// From a layout to a status: which trigger a change amounts to, and the one place where status and version change.
#include "services/subscriptions/domain/subscription.h"

#include <algorithm>

namespace quittance::subscriptions {
namespace {

// What the change amounts to for a subscription in `status`. nullopt: nothing to see (time that was over anyhow).
std::optional<SubscriptionTrigger> TriggerOf(SubscriptionStatus status, const Layout& layout, PeriodChange change, TimePoint old_end,
                                             TimePoint now) {
  const bool runs = status == SubscriptionStatus::kActive || status == SubscriptionStatus::kSuspended;
  if (layout.held_since) {
    if (status != SubscriptionStatus::kSuspended) return SubscriptionTrigger::kHeld;
    if (change == PeriodChange::kGranted) return SubscriptionTrigger::kPaid;
    return layout.end == old_end ? std::nullopt : std::optional(SubscriptionTrigger::kCut);
  }
  switch (change) {
    case PeriodChange::kGranted:
      return SubscriptionTrigger::kPaid;  // even when its time is over already: the expiry job ends it in the open
    case PeriodChange::kRestored:
    case PeriodChange::kLengthened:
      if (status == SubscriptionStatus::kSuspended || layout.end > std::max(now, old_end)) return SubscriptionTrigger::kRestored;
      return std::nullopt;
    case PeriodChange::kRevoked:
    case PeriodChange::kShortened:
      if (!runs || (status == SubscriptionStatus::kActive && layout.end == old_end)) return std::nullopt;
      if (layout.end <= now) return SubscriptionTrigger::kEmptied;
      // Suspended: the disputed time is gone, other time runs again.
      return status == SubscriptionStatus::kSuspended ? SubscriptionTrigger::kRestored : SubscriptionTrigger::kCut;
    case PeriodChange::kHeld:  // nothing was left to hold
    case PeriodChange::kNone:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

const SubscriptionMove* FindMove(SubscriptionStatus from, SubscriptionTrigger trigger) {
  for (const auto& move : kSubscriptionMoves) {
    if (move.from == from && move.trigger == trigger) return &move;
  }
  return nullptr;
}

std::optional<SubscriptionEvent> Subscription::Move(SubscriptionTrigger trigger, TimePoint now) {
  const SubscriptionMove* move = FindMove(status, trigger);
  if (!move) return std::nullopt;
  status = move->to;
  version += 1;
  update_time = now;
  return move->event;
}

std::optional<SubscriptionEvent> Subscription::TakeNews(const Layout& layout, PeriodChange change, TimePoint at, TimePoint now) {
  const auto trigger = TriggerOf(status, layout, change, current_period_end, now);
  if (!trigger) return std::nullopt;
  auto event = Move(*trigger, now);
  if (!event) return std::nullopt;
  const bool moved = current_period_end != layout.end;
  current_period_start = layout.start;
  current_period_end = layout.end;
  plan_code = layout.plan_code;
  suspended_at = status == SubscriptionStatus::kSuspended ? layout.held_since : std::nullopt;
  const TimePoint due = layout.end - kReminderLead;
  if (status != SubscriptionStatus::kActive)
    reminder_at.reset();
  else if (moved || reminder_at)
    reminder_at = due > at ? std::optional(due) : std::nullopt;
  return event;
}

std::optional<SubscriptionEvent> Subscription::Expire(TimePoint now) {
  if (status != SubscriptionStatus::kActive || current_period_end > now) return std::nullopt;
  reminder_at.reset();
  return Move(SubscriptionTrigger::kEndReached, now);
}

std::optional<SubscriptionEvent> Subscription::Remind(TimePoint now) {
  if (status != SubscriptionStatus::kActive || !reminder_at || *reminder_at > now) return std::nullopt;
  reminder_at.reset();
  if (current_period_end <= now) return std::nullopt;  // the end came first
  return Move(SubscriptionTrigger::kReminded, now);
}

std::int64_t Subscription::SecondsRemaining(TimePoint now) const {
  if (status != SubscriptionStatus::kActive && status != SubscriptionStatus::kSuspended) return 0;
  const Duration left = current_period_end - suspended_at.value_or(now);
  return std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(left).count());
}

bool Subscription::Expiring(TimePoint now) const {
  return status == SubscriptionStatus::kActive && current_period_end > now && current_period_end - now <= kReminderLead;
}

}  // namespace quittance::subscriptions
