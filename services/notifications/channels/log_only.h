// Stands in where no SMTP server is configured: says what would have been sent. Invariant: template and a keyed hash of the recipient only,
// never the address, never the content.
#pragma once

#include <memory>

#include "common/crypto/envelope.h"
#include "services/notifications/channels/channel.h"

namespace quittance::notifications {

class LogOnlyChannel final : public Channel {
 public:
  explicit LogOnlyChannel(std::shared_ptr<const crypto::Keyring> keyring) : keyring_(std::move(keyring)) {}
  Task<Outcome> Send(Message message) override;

  // Equal for one address in one tenant.
  std::string RecipientHash(TenantId tenant, std::string_view address) const;

 private:
  std::shared_ptr<const crypto::Keyring> keyring_;
};

}  // namespace quittance::notifications
