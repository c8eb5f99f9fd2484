// One log line a message.
#include "services/notifications/channels/log_only.h"

#include "common/crypto/hmac.h"
#include "common/log/log.h"

namespace quittance::notifications {

std::string LogOnlyChannel::RecipientHash(TenantId tenant, std::string_view address) const {
  return crypto::Hex(crypto::BlindIndex(*keyring_, "notifications.recipient", tenant.uuid.Hex() + ":" + std::string(address)));
}

Task<Outcome> LogOnlyChannel::Send(Message message) {
  log::Info("notification not sent: no provider is configured", {{"notification_id", message.id.ToString()},
                                                                 {"template", message.template_name},
                                                                 {"recipient_hash", RecipientHash(message.tenant, message.to)}});
  co_return Outcome{Verdict::kLogged, ""};
}

}  // namespace quittance::notifications
