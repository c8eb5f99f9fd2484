// The port to a chat network's bot (Telegram). Invariant: every call may be repeated, and an answer says what the caller must do, not what
// the network called it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/async/task.h"
#include "common/core/secret.h"
#include "common/core/time.h"

namespace quittance::subscriptions {

struct BotAnswer {
  enum class Kind {
    kDone,
    kAlready,       // it was so before
    kNotPending,    // the join request is no longer there: look whether the member is in
    kNeverAsked,    // this person did not ask to join: a new link is needed
    kUnreachable,   // the person cannot be written to: never a reason to touch the membership
    kBlocked,       // the bot may not act in this chat: nothing to retry before a person acts
    kMoved,         // the chat has a new id: `value`
    kRefused,       // for good: an owner or administrator cannot be removed
    kUnauthorized,  // the token is revoked
    kPaused,        // too many calls: the whole bot waits `retry_after`
    kTryAgain,      // network, 5xx, or an answer that nobody knows
  };
  Kind kind = Kind::kTryAgain;
  std::string value;  // link, member status, username, new chat id
  std::string error;  // a short word of ours for what went wrong, such as chat_not_found
  std::chrono::seconds retry_after{0};

  bool ok() const { return kind == Kind::kDone || kind == Kind::kAlready; }
};

// Which bot, and which chat. Both are secrets of the tenant.
struct BotChat {
  Secret token;
  std::string chat;
};

class Bot {
 public:
  virtual ~Bot() = default;

  // A member is taken out and may come back by a link. only_if_banned: lifts a ban, never touches a member.
  virtual Task<BotAnswer> UnbanMember(BotChat chat, std::string account, bool only_if_banned) = 0;
  // value: the link. Whoever follows it asks to join.
  virtual Task<BotAnswer> CreateJoinRequestLink(BotChat chat, std::string name, TimePoint expires) = 0;
  virtual Task<BotAnswer> RevokeLink(BotChat chat, std::string link) = 0;
  virtual Task<BotAnswer> ApproveJoinRequest(BotChat chat, std::string account) = 0;
  virtual Task<BotAnswer> DeclineJoinRequest(BotChat chat, std::string account) = 0;
  // value: creator, administrator, member, restricted, left, kicked.
  virtual Task<BotAnswer> GetMember(BotChat chat, std::string account) = 0;
  virtual Task<BotAnswer> SendMessage(BotChat chat, std::string text) = 0;
  // value: the bot's username.
  virtual Task<BotAnswer> GetName(Secret token) = 0;
};

inline bool IsInside(std::string_view member_status) {
  return member_status == "creator" || member_status == "administrator" || member_status == "member" || member_status == "restricted";
}

}  // namespace quittance::subscriptions
