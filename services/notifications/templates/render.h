// A mail's text out of its template and what it tells. Invariant: every value is escaped in HTML, none can break a header line.
#pragma once

#include <string>

#include "services/notifications/domain/notification.h"

namespace quittance::notifications {

// What a template may name besides the notification's own parameters. Empty values open no section.
struct Surroundings {
  std::string locale;
  std::string time_zone;
  std::string company;      // the tenant's name
  std::string contact;      // company.email
  std::string account_url;  // links.base_url
  std::string plan_name;    // shown for the parameter `plan`
  std::string action_url;   // link with the one-time token
  TimePoint now{};
};

struct Rendered {
  std::string subject;
  std::string text;
  std::string html;
};

// The text alone, without layout: an SMS.
std::string RenderText(const Notification& notification, const Surroundings& around);
Rendered Render(const Notification& notification, const Surroundings& around);

}  // namespace quittance::notifications
