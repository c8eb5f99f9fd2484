// The Telegram Bot API under /telegram/bot<token>/<method>: links, join requests, members, messages; updates go to the bot's webhook.
// Invariant: what a bot may do and what it is told is Telegram's: no admin, no call; no `chat_member` update unless it was asked for.
#pragma once

#include <map>
#include <set>

#include "tests/sandbox/deliveries.h"
#include "tests/sandbox/exchange.h"
#include "tests/sandbox/telegram_types.h"

namespace quittance::sandbox {

class Telegram {
 public:
  Telegram(State& state, Deliveries& deliveries) : state_(state), deliveries_(deliveries) {}

  std::vector<http::Route> Routes();
  http::ServerResponse Control(const Json& command);  // POST /control/telegram
  Json Members(const std::string& chat) const;

 private:
  using Method = http::ServerResponse (Telegram::*)(Bot& bot, const BotParams& params);
  static const std::map<std::string, Method>& Methods();

  Task<http::ServerResponse> Serve(const http::ServerRequest& request);
  http::ServerResponse Dispatch(const http::ServerRequest& request, const std::string& token, const std::string& method);
  Bot* FindOrMakeBot(const std::string& token);

  // The API (telegram.cpp).
  http::ServerResponse GetMe(Bot& bot, const BotParams& params);
  http::ServerResponse SetWebhook(Bot& bot, const BotParams& params);
  http::ServerResponse DeleteWebhook(Bot& bot, const BotParams& params);
  http::ServerResponse GetWebhookInfo(Bot& bot, const BotParams& params);
  http::ServerResponse CreateChatInviteLink(Bot& bot, const BotParams& params);
  http::ServerResponse RevokeChatInviteLink(Bot& bot, const BotParams& params);
  http::ServerResponse ApproveChatJoinRequest(Bot& bot, const BotParams& params);
  http::ServerResponse DeclineChatJoinRequest(Bot& bot, const BotParams& params);
  http::ServerResponse BanChatMember(Bot& bot, const BotParams& params);
  http::ServerResponse UnbanChatMember(Bot& bot, const BotParams& params);
  http::ServerResponse GetChatMember(Bot& bot, const BotParams& params);
  http::ServerResponse SendMessage(Bot& bot, const BotParams& params);
  // The chat of a call, made on its first mention with the bot as admin; or the refusal.
  std::optional<http::ServerResponse> ChatOf(Bot& bot, const BotParams& params, Chat*& chat);

  // What people do (telegram_play.cpp).
  http::ServerResponse Start(const Json& command, std::int64_t user);
  http::ServerResponse Join(const Json& command, std::int64_t user);
  http::ServerResponse Leave(Chat& chat, std::int64_t user);
  http::ServerResponse MoveBot(const Json& command, Chat& chat, const std::string& status);
  http::ServerResponse Block(const Json& command, std::int64_t user);
  Bot* BotOf(const Json& command, const Chat* chat);
  Chat* ChatOfLink(const std::string& link, InviteLink*& found);

  // A member's status changes, with the update to the bots that asked for it.
  void SetStatus(Chat& chat, std::int64_t user, const std::string& status, const Json& by, const InviteLink* link = nullptr,
                 bool via_request = false);
  void Update(Bot& bot, const std::string& kind, Json content);

  State& state_;
  Deliveries& deliveries_;
  std::deque<Bot> bots_;  // in order of appearance; addresses stay
  std::map<std::int64_t, Chat> chats_;
  std::int64_t next_message_ = 1;
};

}  // namespace quittance::sandbox
