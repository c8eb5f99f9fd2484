// The owner is part of the scope, not a check after the read.
#include "services/notifications/usecases/read_notifications.h"

#include "services/notifications/store/notifications.h"

namespace quittance::notifications {
namespace {

// A user's own rows, or the tenant's.
Result<db::Scope> ScopeOf(const Caller& caller) {
  if (caller.tenant_wide) return db::Scope::Of(caller.tenant);
  if (!caller.user) return PermissionDenied();
  return db::Scope::Of(caller.tenant, *caller.user);
}

}  // namespace

Task<Result<Notification>> GetNotification(Deps& deps, GetNotificationQuery query) {
  const auto id = NotificationId::Parse(query.notification_id, "notification_id");
  if (!id) co_return id.error();
  const auto scope = ScopeOf(query.caller);
  if (!scope) co_return scope.error();
  auto found = co_await deps.db.Transact(*scope, [&](db::Tx& tx) { return store::FindNotification(tx, query.caller.tenant, *id); });
  if (!found) co_return Missing(query.caller, "notification_id");
  co_return std::move(*found);
}

Task<Result<NotificationPage>> ListNotifications(Deps& deps, ListNotificationsQuery query) {
  const auto page = ParsePage(query.page_size, query.page_token);
  if (!page) co_return page.error();
  const auto scope = ScopeOf(query.caller);
  if (!scope) co_return scope.error();
  store::ListFilter filter{.user = std::nullopt, .state = query.state};
  if (!query.user_id.empty() || !query.caller.tenant_wide) {
    const auto user = ActOn(query.caller, query.user_id, "user_id");
    if (!user) co_return user.error();
    filter.user = *user;
  }
  NotificationPage found;
  found.notifications =
      co_await deps.db.Transact(*scope, [&](db::Tx& tx) { return store::ListNotifications(tx, query.caller.tenant, filter, *page); });
  if (!found.notifications.empty()) {
    found.next_page_token = NextPageToken(*page, found.notifications.size(), found.notifications.back().id.uuid);
  }
  co_return std::move(found);
}

}  // namespace quittance::notifications
