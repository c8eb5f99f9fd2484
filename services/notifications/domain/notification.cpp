// A notification's beginning.
#include "services/notifications/domain/notification.h"

namespace quittance::notifications {

Notification NewNotification(const Telling& telling, NotificationId id, std::string traceparent, TimePoint now) {
  Notification made;
  made.tenant = telling.tenant;
  made.id = id;
  made.user = telling.user;
  made.channel = telling.channel;
  made.template_name = telling.template_name;
  made.subject = telling.subject;
  made.dedupe_key = telling.dedupe_key;
  made.params = telling.params;
  made.next_attempt_at = now;
  made.useless_after = telling.useless_after;
  made.traceparent = std::move(traceparent);
  made.created = now;
  return made;
}

}  // namespace quittance::notifications
