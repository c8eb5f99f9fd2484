// One POST per method, JSON in and out.
#include "services/subscriptions/membership/telegram_bot.h"

#include <nlohmann/json.hpp>

#include "common/http/client.h"
#include "services/subscriptions/membership/telegram_codec.h"

namespace quittance::subscriptions {
namespace {

using Json = nlohmann::json;

// Ids are numbers up to 52 bits on the wire; @names stay text.
Json IdJson(const std::string& id) {
  try {
    std::size_t used = 0;
    const std::int64_t number = std::stoll(id, &used);
    if (used == id.size()) return number;
  } catch (const std::exception&) {
  }
  return id;
}

std::string Member(const BotChat& chat, const std::string& account) {
  return Json{{"chat_id", IdJson(chat.chat)}, {"user_id", IdJson(account)}}.dump();
}

}  // namespace

TelegramBot::TelegramBot(http::Client& client, std::string base_url) : client_(client), base_url_(std::move(base_url)) {
  while (base_url_.ends_with('/')) base_url_.pop_back();
}

Task<BotAnswer> TelegramBot::Call(Secret token, std::string method, std::string body, const char* field) {
  http::Request request{.target = "telegram", .method = "POST", .url = base_url_ + "/bot" + std::string(token.Reveal()) + "/" + method};
  request.headers.push_back({"content-type", "application/json"});
  request.body = std::move(body);
  request.timeout = kTelegramTimeout;
  http::Outcome outcome = co_await client_.Send(std::move(request));
  if (std::holds_alternative<http::Failure>(outcome))
    co_return BotAnswer{.kind = BotAnswer::Kind::kTryAgain, .value = {}, .error = "network"};
  const auto& response = std::get<http::Response>(outcome);
  co_return telegram::ParseAnswer(response.status, response.body, field);
}

Task<BotAnswer> TelegramBot::UnbanMember(BotChat chat, std::string account, bool only_if_banned) {
  Json body = Json::parse(Member(chat, account));
  body["only_if_banned"] = only_if_banned;
  return Call(chat.token, "unbanChatMember", body.dump(), "");
}

Task<BotAnswer> TelegramBot::CreateJoinRequestLink(BotChat chat, std::string name, TimePoint expires) {
  const Json body{{"chat_id", IdJson(chat.chat)}, {"name", name}, {"expire_date", UnixSeconds(expires)}, {"creates_join_request", true}};
  return Call(chat.token, "createChatInviteLink", body.dump(), "invite_link");
}

Task<BotAnswer> TelegramBot::RevokeLink(BotChat chat, std::string link) {
  return Call(chat.token, "revokeChatInviteLink", Json{{"chat_id", IdJson(chat.chat)}, {"invite_link", link}}.dump(), "");
}

Task<BotAnswer> TelegramBot::ApproveJoinRequest(BotChat chat, std::string account) {
  return Call(chat.token, "approveChatJoinRequest", Member(chat, account), "");
}

Task<BotAnswer> TelegramBot::DeclineJoinRequest(BotChat chat, std::string account) {
  return Call(chat.token, "declineChatJoinRequest", Member(chat, account), "");
}

Task<BotAnswer> TelegramBot::GetMember(BotChat chat, std::string account) {
  return Call(chat.token, "getChatMember", Member(chat, account), "status");
}

Task<BotAnswer> TelegramBot::SendMessage(BotChat chat, std::string text) {
  return Call(chat.token, "sendMessage", Json{{"chat_id", IdJson(chat.chat)}, {"text", text}}.dump(), "");
}

Task<BotAnswer> TelegramBot::GetName(Secret token) { return Call(std::move(token), "getMe", "{}", "username"); }

}  // namespace quittance::subscriptions
