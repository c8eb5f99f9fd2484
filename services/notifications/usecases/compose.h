// Compose: a claimed notification becomes the message that goes out, or the reason why none does.
#pragma once

#include <variant>

#include "services/notifications/deps.h"
#include "services/notifications/store/plan_names.h"

namespace quittance::notifications {

// What is known of one tenant for the length of one run.
struct TenantView {
  std::shared_ptr<const settings::Snapshot> settings;
  std::string company;
  std::map<UserId, Contact> contacts;
};

std::variant<Message, Outcome> Compose(const Notification& notification, const TenantView& tenant,
                                       const std::map<store::PlanKey, std::string>& plans, const crypto::Keyring& token_keyring,
                                       TimePoint now);

}  // namespace quittance::notifications
