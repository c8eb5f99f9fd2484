// A notification: one effect that one person is told of. Invariant: `dedupe_key` names the effect, so there is one row per effect however
// often its event comes; nothing personal is in it, the address is asked for when the mail goes out.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/core/id.h"
#include "common/core/time.h"

namespace quittance::notifications {

struct NotificationTag {
  static constexpr std::string_view kPrefix = "ntf";
};
using NotificationId = Id<NotificationTag>;

// What a template needs, as machines write it (RFC 3339, minor units); templates/render.cpp makes it readable.
using Params = std::map<std::string, std::string>;

// An effect somebody is to be told of.
struct Telling {
  TenantId tenant;
  UserId user;
  std::string template_name;
  std::string subject;     // id of the thing it tells of
  std::string dedupe_key;  // the effect
  Params params;
  std::optional<TimePoint> useless_after;  // later, it would only confuse
  std::string channel = "email";           // or sms

  bool operator==(const Telling&) const = default;
};

enum class State { kPending, kSent, kFailed, kLogged };

struct Notification {
  TenantId tenant;
  NotificationId id;
  UserId user;
  std::string channel = "email";
  std::string template_name;
  std::string subject;
  std::string dedupe_key;
  Params params;
  State state = State::kPending;
  std::string locale;  // as sent
  int attempt = 0;     // claims; the one a completion belongs to
  int tries = 0;       // asked of the provider
  std::string last_error;
  TimePoint next_attempt_at{};
  std::optional<TimePoint> useless_after;
  std::int64_t version = 0;  // rises with every event
  std::string traceparent;
  TimePoint created{};
  std::optional<TimePoint> sent;
};

Notification NewNotification(const Telling& telling, NotificationId id, std::string traceparent, TimePoint now);

}  // namespace quittance::notifications
