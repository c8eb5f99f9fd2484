// GetNotification and ListNotifications: what was sent to whom. A user sees their own, a tenant-wide caller the tenant's.
#pragma once

#include "common/core/caller.h"
#include "common/core/page.h"
#include "services/notifications/deps.h"

namespace quittance::notifications {

struct GetNotificationQuery {
  Caller caller;
  std::string notification_id;
};
Task<Result<Notification>> GetNotification(Deps& deps, GetNotificationQuery query);

struct ListNotificationsQuery {
  Caller caller;
  std::string user_id;  // empty: a user's own, or the whole tenant's
  std::optional<State> state;
  std::int32_t page_size = 0;
  std::string page_token;
};
struct NotificationPage {
  std::vector<Notification> notifications;
  std::string next_page_token;
};
Task<Result<NotificationPage>> ListNotifications(Deps& deps, ListNotificationsQuery query);

}  // namespace quittance::notifications
