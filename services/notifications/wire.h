// Domain values to the messages of proto/quittance/notifications/v1. Included by events.cpp and api/ alone.
#pragma once

#include "quittance/notifications/v1/notifications.pb.h"
#include "services/notifications/domain/notification.h"

namespace quittance::notifications::wire {

v1::Notification ToProto(const Notification& notification);
// Nullopt for STATUS_UNSPECIFIED.
Result<std::optional<State>> ReadStatus(v1::Notification::Status status, std::string_view field);

}  // namespace quittance::notifications::wire
