// The events of notifications, made from domain values; protobuf stays in the .cpp.
#pragma once

#include "common/events/event.h"
#include "services/notifications/domain/notification.h"

namespace quittance::notifications::events {

using quittance::events::Event;

// What tells of a final state: NotificationSent, or NotificationFailed for everything that will not be sent (refused, pointless, only
// logged). None for a notification that still waits.
std::optional<Event> Finished(const Notification& notification, Uuid id, TimePoint now);

}  // namespace quittance::notifications::events
