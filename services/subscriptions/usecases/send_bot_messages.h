// SendBotMessages: the bot's direct messages. Invariant: a message never touches a membership; whoever cannot be written to is left to the
// mail.
#pragma once

#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

inline constexpr int kBotMessageBatch = 30;  // Telegram's soft limit for a second

Task<int> SendBotMessages(Deps& deps);

}  // namespace quittance::subscriptions
