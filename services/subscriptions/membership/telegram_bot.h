// The Bot port over Telegram's Bot API. Invariant: the token travels in the URL's path only, as Telegram asks, and never in an error text.
#pragma once

#include <string>

#include "services/subscriptions/membership/bot.h"

namespace quittance::http {
class Client;
}

namespace quittance::subscriptions {

inline constexpr std::chrono::milliseconds kTelegramTimeout{10'000};

class TelegramBot final : public Bot {
 public:
  // `base_url`: https://api.telegram.org
  TelegramBot(http::Client& client, std::string base_url);

  Task<BotAnswer> UnbanMember(BotChat chat, std::string account, bool only_if_banned) override;
  Task<BotAnswer> CreateJoinRequestLink(BotChat chat, std::string name, TimePoint expires) override;
  Task<BotAnswer> RevokeLink(BotChat chat, std::string link) override;
  Task<BotAnswer> ApproveJoinRequest(BotChat chat, std::string account) override;
  Task<BotAnswer> DeclineJoinRequest(BotChat chat, std::string account) override;
  Task<BotAnswer> GetMember(BotChat chat, std::string account) override;
  Task<BotAnswer> SendMessage(BotChat chat, std::string text) override;
  Task<BotAnswer> GetName(Secret token) override;

 private:
  Task<BotAnswer> Call(Secret token, std::string method, std::string body, const char* field);

  http::Client& client_;
  std::string base_url_;
};

}  // namespace quittance::subscriptions
