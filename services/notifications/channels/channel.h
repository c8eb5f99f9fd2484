// The port to whoever carries a message to a person: a network we do not own. Contract: the same notification may be given twice (a lost
// lease), so each channel hands its id on as the provider's own idempotency mark; `answer` never holds an address.
#pragma once

#include "common/async/task.h"
#include "services/notifications/domain/delivery.h"
#include "services/notifications/domain/sender.h"

namespace quittance::notifications {

struct Message {
  TenantId tenant;
  NotificationId id;
  std::string template_name;
  std::string locale;
  Sender sender;
  std::string to;
  std::string subject;
  std::string text;
  std::string html;
  TimePoint date{};
};

// What a provider said, as metrics and logs name it.
inline const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kTaken:
      return "taken";
    case Verdict::kRefused:
      return "refused";
    default:
      return "try_again";
  }
}

class Channel {
 public:
  virtual ~Channel() = default;
  // Verdicts: kTaken, kRefused, kTryAgain, kNotReady, kLogged.
  virtual Task<Outcome> Send(Message message) = 0;
};

}  // namespace quittance::notifications
