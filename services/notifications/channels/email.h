// Mails over the SMTP server of QUITTANCE_SMTP_URL, in the name that the tenant's settings give.
#pragma once

#include "common/http/smtp.h"
#include "services/notifications/channels/channel.h"

namespace quittance::notifications {

class EmailChannel final : public Channel {
 public:
  EmailChannel(std::string smtp_url, bool require_tls, metrics::Registry& metrics);
  Task<Outcome> Send(Message message) override;

 private:
  const std::string url_;
  const bool require_tls_;
  metrics::Registry& metrics_;
  http::SmtpSender sender_;
};

// The Message-ID is the notification's id at the sender's domain, the same on every try.
http::Mail MailOf(const Message& message);

}  // namespace quittance::notifications
