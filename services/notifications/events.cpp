// Events over the generated messages. The type of an event is its message's full name.
#include "services/notifications/events.h"

#include "common/trace/context.h"
#include "quittance/notifications/v1/notifications_events.pb.h"
#include "services/notifications/wire.h"

namespace quittance::notifications::events {
namespace {

template <class Message>
Event Make(const Notification& notification, Uuid id, TimePoint now) {
  Message message;
  *message.mutable_notification() = wire::ToProto(notification);
  return {.id = id,
          .tenant = notification.tenant,
          .type = message.GetDescriptor()->full_name(),
          .key = notification.id.ToString(),
          .sequence = notification.version,
          .time = now,
          .traceparent = trace::ChildOf(notification.traceparent),
          .data = message.SerializeAsString()};
}

}  // namespace

std::optional<Event> Finished(const Notification& notification, Uuid id, TimePoint now) {
  switch (notification.state) {
    case State::kPending:
      return std::nullopt;
    case State::kSent:
      return Make<v1::NotificationSent>(notification, id, now);
    case State::kFailed:
    case State::kLogged:
      return Make<v1::NotificationFailed>(notification, id, now);
  }
  return std::nullopt;
}

}  // namespace quittance::notifications::events
