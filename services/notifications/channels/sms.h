// SMS over Twilio's API, with the account that the tenant's settings name. Invariant: neither the number nor the text stands in a log or an
// outcome.
#pragma once

#include "common/http/client.h"
#include "services/notifications/channels/channel.h"

namespace quittance::notifications {

class SmsChannel final : public Channel {
 public:
  SmsChannel(http::Client& http, std::string base_url, metrics::Registry& metrics)
      : http_(http), base_url_(std::move(base_url)), metrics_(metrics) {}
  // The sender's address is the number it comes from, its user and password are the account's SID and token.
  Task<Outcome> Send(Message message) override;

 private:
  http::Client& http_;
  const std::string base_url_;
  metrics::Registry& metrics_;
};

// What Twilio's answer means: 201 taken; 400, 404 for good; 401, 403 a wrong setting; everything else later.
Outcome OutcomeOfSms(int status, const std::string& body);

}  // namespace quittance::notifications
