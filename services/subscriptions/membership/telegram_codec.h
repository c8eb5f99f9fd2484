// Telegram's answers to what the caller must do. Pure.
#pragma once

#include <string_view>

#include "services/subscriptions/membership/bot.h"

namespace quittance::subscriptions::telegram {

// `field`: which string of `result` becomes the value (invite_link, status, username); empty for none.
BotAnswer ParseAnswer(int http_status, std::string_view body, const char* field);

}  // namespace quittance::subscriptions::telegram
