// AnswerJoinRequests: approves whoever is linked to a user who is wanted in the channel, declines everybody else.
// Invariant: the decision is made from the rows right before the call; a request is answered until Telegram says it is gone.
#pragma once

#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

inline constexpr int kJoinRequestBatch = 50;
inline constexpr std::chrono::hours kJoinRequestAge{24};  // then Telegram's own view counts: the link is gone as well
inline constexpr std::chrono::minutes kReplyWindow{5};    // in which the bot may write to somebody who never started it

Task<int> AnswerJoinRequests(Deps& deps);

}  // namespace quittance::subscriptions
