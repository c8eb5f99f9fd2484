// One path for all news: the domain decides, the store inserts once per effect, the sending job of this process is woken after the commit.
#include "services/notifications/usecases/tell.h"

#include "services/notifications/domain/delivery.h"
#include "services/notifications/events.h"
#include "services/notifications/store/notifications.h"
#include "services/notifications/store/plan_names.h"

namespace quittance::notifications {
namespace {

void Store(Deps& deps, db::Tx& tx, const std::optional<Telling>& telling, const Heard& heard) {
  if (!telling) return;
  const TimePoint now = deps.clock.Now();
  const auto notification = NewNotification(*telling, deps.ids.New<NotificationId>(), heard.traceparent, now);
  if (store::InsertNotification(tx, notification) && deps.wake) tx.OnCommit(deps.wake);
}

// Reminders that still wait and have become wrong are taken back; a claim that sends one at this very moment can no longer finish it.
void EndWrongReminders(Deps& deps, db::Tx& tx, const SubscriptionNews& news) {
  const TimePoint now = deps.clock.Now();
  for (const Notification& open : store::LockOpenNotifications(tx, news.tenant, news.id, kReminderTemplate)) {
    if (IsReminderRight(open, news)) continue;
    const auto ended = After(open, {Verdict::kPointless, "the subscription has changed meanwhile"}, now, 0);
    store::CompleteNotification(tx, ended, events::Finished(ended, deps.ids.Next(), now));
  }
}

}  // namespace

void TellSignUp(Deps& deps, db::Tx& tx, const SignUpNews& news, const Heard& heard) { Store(deps, tx, TellOfSignUp(news), heard); }

void TellAccount(Deps& deps, db::Tx& tx, const AccountNews& news, const Heard& heard) { Store(deps, tx, TellOfAccount(news), heard); }

void TellSubscription(Deps& deps, db::Tx& tx, const SubscriptionNews& news, const Heard& heard) {
  EndWrongReminders(deps, tx, news);
  Store(deps, tx, TellOfSubscription(news), heard);
}

void TellInvite(Deps& deps, db::Tx& tx, const InviteNews& news, const Heard& heard) { Store(deps, tx, TellOfInvite(news), heard); }
void TellFailure(Deps& deps, db::Tx& tx, const PaymentNews& news, const Heard& heard) { Store(deps, tx, TellOfFailure(news), heard); }
void TellRefund(Deps& deps, db::Tx& tx, const RefundNews& news, const Heard& heard) { Store(deps, tx, TellOfRefund(news), heard); }

void RememberPlanName(db::Tx& tx, const PlanNews& news) { store::PutPlanName(tx, news.tenant, news.code, news.display_name, news.version); }

}  // namespace quittance::notifications
