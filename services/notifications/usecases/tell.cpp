// One path for all news: the domain decides, the store inserts once per effect, the sending job of this process is woken after the commit.
#include "services/notifications/usecases/tell.h"

#include <algorithm>

#include "common/events/consumer.h"
#include "services/notifications/domain/delivery.h"
#include "services/notifications/events.h"
#include "services/notifications/store/notifications.h"
#include "services/notifications/store/plan_names.h"

namespace quittance::notifications {
namespace {

// Of one telling and what it was heard from.
using Row = std::pair<std::optional<Telling>, const Heard*>;

void Store(Deps& deps, db::Tx& tx, std::span<const Row> rows) {
  const TimePoint now = deps.clock.Now();
  std::vector<Notification> notifications;
  for (const auto& [telling, heard] : rows) {
    if (telling) notifications.push_back(NewNotification(*telling, deps.ids.New<NotificationId>(), heard->traceparent, now));
  }
  if (store::InsertNotifications(tx, notifications) > 0 && deps.wake) tx.OnCommit(deps.wake);
}

void Store(Deps& deps, db::Tx& tx, std::optional<Telling> telling, const Heard& heard) {
  const Row row{std::move(telling), &heard};
  Store(deps, tx, std::span(&row, 1));
}

// Reminders that still wait and have become wrong are taken back; a claim that sends one at this very moment can no longer finish it.
void EndWrongReminders(Deps& deps, db::Tx& tx, std::span<const HeardSubscription> heard) {
  const TimePoint now = deps.clock.Now();
  std::vector<store::Subject> subjects;
  for (const auto& each : heard) subjects.push_back({each.news.tenant, each.news.id});
  std::vector<store::Completion> completions;
  for (const Notification& open : store::LockOpenNotifications(tx, subjects, kReminderTemplate)) {
    const auto of = std::find_if(heard.begin(), heard.end(), [&](const HeardSubscription& each) {
      return each.news.tenant == open.tenant && each.news.id == open.subject;
    });
    if (IsReminderRight(open, of->news)) continue;
    const auto ended = After(open, {Verdict::kPointless, "the subscription has changed meanwhile"}, now, 0);
    completions.push_back({ended, events::Finished(ended, deps.ids.Next(), now)});
  }
  if (!completions.empty()) store::CompleteNotifications(tx, completions);
}

// Different subscriptions: what is told of one does not change what is told of another.
void Tell(Deps& deps, db::Tx& tx, std::span<const HeardSubscription> heard) {
  EndWrongReminders(deps, tx, heard);
  std::vector<Row> rows;
  for (const auto& each : heard) rows.emplace_back(TellOfSubscription(each.news), &each.heard);
  Store(deps, tx, rows);
}

}  // namespace

void TellSignUp(Deps& deps, db::Tx& tx, const SignUpNews& news, const Heard& heard) { Store(deps, tx, TellOfSignUp(news), heard); }

void TellAccount(Deps& deps, db::Tx& tx, const AccountNews& news, const Heard& heard) { Store(deps, tx, TellOfAccount(news), heard); }

void TellSubscriptions(Deps& deps, db::Tx& tx, std::span<const HeardSubscription> heard) {
  const auto subscription = [](const HeardSubscription& each) { return std::pair{each.news.tenant, each.news.id}; };
  for (const auto run : quittance::events::RunsOfDistinct(heard, subscription)) Tell(deps, tx, run);
}

void TellInvite(Deps& deps, db::Tx& tx, const InviteNews& news, const Heard& heard) { Store(deps, tx, TellOfInvite(news), heard); }
void TellFailure(Deps& deps, db::Tx& tx, const PaymentNews& news, const Heard& heard) { Store(deps, tx, TellOfFailure(news), heard); }
void TellRefund(Deps& deps, db::Tx& tx, const RefundNews& news, const Heard& heard) { Store(deps, tx, TellOfRefund(news), heard); }

void RememberPlanName(db::Tx& tx, const PlanNews& news) { store::PutPlanName(tx, news.tenant, news.code, news.display_name, news.version); }

}  // namespace quittance::notifications
