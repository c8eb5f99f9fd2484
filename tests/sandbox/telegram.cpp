// The Bot API's methods, with the answers and errors of Telegram's server.
#include "tests/sandbox/telegram.h"

#include <algorithm>

namespace quittance::sandbox {
namespace {

constexpr std::size_t kLinkNameMax = 32;
constexpr std::size_t kTextMax = 4096;
constexpr std::size_t kSecretTokenMax = 256;
constexpr std::int64_t kMemberLimitMax = 99'999;

using Answer = http::ServerResponse;

bool IsTokenText(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
}

std::string Lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

Json MemberObject(const Json& user, const std::string& status) {
  Json member = {{"user", user}, {"status", status}};
  if (status == "kicked") member["until_date"] = 0;
  return member;
}

Answer FailureOf(const Fault& fault) {
  if (fault.status == 429) {
    return BotError(429, "Too Many Requests: retry after " + std::to_string(fault.retry_after), {{"retry_after", fault.retry_after}});
  }
  if (fault.status == 401) return BotError(401, "Unauthorized");
  if (fault.status == 403) return BotError(403, "Forbidden: bot was kicked from the channel chat");
  return BotError(fault.status, fault.status >= 500 ? "Internal Server Error" : "Bad Request: refused");
}

}  // namespace

const std::map<std::string, Telegram::Method>& Telegram::Methods() {
  static const std::map<std::string, Method> methods = {{"getme", &Telegram::GetMe},
                                                        {"setwebhook", &Telegram::SetWebhook},
                                                        {"deletewebhook", &Telegram::DeleteWebhook},
                                                        {"getwebhookinfo", &Telegram::GetWebhookInfo},
                                                        {"createchatinvitelink", &Telegram::CreateChatInviteLink},
                                                        {"revokechatinvitelink", &Telegram::RevokeChatInviteLink},
                                                        {"approvechatjoinrequest", &Telegram::ApproveChatJoinRequest},
                                                        {"declinechatjoinrequest", &Telegram::DeclineChatJoinRequest},
                                                        {"banchatmember", &Telegram::BanChatMember},
                                                        {"unbanchatmember", &Telegram::UnbanChatMember},
                                                        {"getchatmember", &Telegram::GetChatMember},
                                                        {"sendmessage", &Telegram::SendMessage}};
  return methods;
}

std::vector<http::Route> Telegram::Routes() {
  const auto serve = [this](const http::ServerRequest& request) { return Serve(request); };
  return {{"POST", "/telegram/{bot}/{method}", kBodyMax, serve}, {"GET", "/telegram/{bot}/{method}", 0, serve}};
}

Task<Answer> Telegram::Serve(const http::ServerRequest& request) {
  const std::string& bot = request.path_parameters[0];
  const std::string token = bot.starts_with("bot") ? bot.substr(3) : "";
  Steps steps;
  steps.begin = []() -> std::optional<Answer> { return std::nullopt; };
  steps.act = [&](const Fault& fault) {
    return fault.kind == Fault::Kind::kStoredStatus ? FailureOf(fault) : Dispatch(request, token, Lower(request.path_parameters[1]));
  };
  steps.fail = [](const Fault& fault) { return FailureOf(fault); };
  Answer answer = co_await Play(state_, "telegram", request, std::move(steps));
  co_return answer;
}

Answer Telegram::Dispatch(const http::ServerRequest& request, const std::string& token, const std::string& method) {
  Bot* bot = FindOrMakeBot(token);
  if (bot == nullptr) return BotError(404, "Not Found");
  const auto found = Methods().find(method);
  if (found == Methods().end()) return BotError(404, "Not Found: method not found");
  const auto params = BotParams::Read(request);
  if (!params) return BotError(400, "Bad Request: can't parse parameters");
  return (this->*found->second)(*bot, *params);
}

// Any token of the right shape is a bot: `<digits>:<letters>`.
Bot* Telegram::FindOrMakeBot(const std::string& token) {
  for (Bot& bot : bots_) {
    if (bot.token == token) return &bot;
  }
  const auto colon = token.find(':');
  if (colon == std::string::npos || colon == 0 || colon > 15 || token.find_first_not_of("0123456789") != colon ||
      !IsTokenText(token.substr(colon + 1)))
    return nullptr;
  const std::string id = token.substr(0, colon);
  return &bots_.emplace_back(Bot{.id = std::stoll(id), .token = token, .username = "sandbox_" + id + "_bot"});
}

Answer Telegram::GetMe(Bot& bot, const BotParams&) {
  Json me = bot.User();
  me.update({{"can_join_groups", true}, {"can_read_all_group_messages", false}, {"supports_inline_queries", false}});
  return BotResult(me);
}

Answer Telegram::SetWebhook(Bot& bot, const BotParams& params) {
  const std::string url = params.Text("url");
  const std::string secret = params.Text("secret_token");
  if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://"))
    return BotError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook");
  if (secret.size() > kSecretTokenMax) return BotError(400, "Bad Request: secret token is too long");
  if (!secret.empty() && !IsTokenText(secret)) return BotError(400, "Bad Request: secret token contains unallowed characters");
  bot.url = url;
  bot.secret_token = secret;
  const Json allowed = params.Value("allowed_updates");
  if (allowed.is_array()) {
    if (allowed.empty())
      bot.allowed_updates.reset();
    else
      bot.allowed_updates = allowed.get<std::set<std::string>>();
  }
  Json answer = {{"ok", true}, {"result", true}, {"description", "Webhook was set"}};
  return JsonAnswer(200, answer);
}

Answer Telegram::DeleteWebhook(Bot& bot, const BotParams&) {
  bot.url.clear();
  bot.secret_token.clear();
  return BotResult(true);
}

Answer Telegram::GetWebhookInfo(Bot& bot, const BotParams&) {
  Json info = {{"url", bot.url}, {"has_custom_certificate", false}, {"pending_update_count", 0}, {"max_connections", 40}};
  if (bot.allowed_updates) info["allowed_updates"] = *bot.allowed_updates;
  return BotResult(info);
}

std::optional<Answer> Telegram::ChatOf(Bot& bot, const BotParams& params, Chat*& chat) {
  const auto id = params.Integer("chat_id");
  if (!id || *id >= 0) return BotError(400, "Bad Request: chat not found");
  chat = &chats_.try_emplace(*id, Chat{.id = *id}).first->second;
  const std::string& status = chat->bots.try_emplace(&bot, "administrator").first->second;
  if (status == "kicked") return BotError(403, "Forbidden: bot was kicked from the channel chat");
  if (status != "administrator") return BotError(403, "Forbidden: bot is not a member of the channel chat");
  return std::nullopt;
}

Answer Telegram::CreateChatInviteLink(Bot& bot, const BotParams& params) {
  Chat* chat = nullptr;
  if (auto refused = ChatOf(bot, params, chat)) return *refused;
  InviteLink link{.url = "https://t.me/+" + NewReference("").substr(0, 16), .creator = &bot};
  link.name = params.Text("name");
  link.expire_date = params.Integer("expire_date").value_or(0);
  link.member_limit = params.Integer("member_limit").value_or(0);
  link.creates_join_request = params.Flag("creates_join_request");
  if (link.name.size() > kLinkNameMax) return BotError(400, "Bad Request: invite link name is too long");
  if (link.expire_date != 0 && link.expire_date <= state_.NowSeconds()) return BotError(400, "Bad Request: EXPIRE_DATE_INVALID");
  if (link.member_limit < 0 || link.member_limit > kMemberLimitMax) return BotError(400, "Bad Request: USAGE_LIMIT_INVALID");
  if (link.member_limit > 0 && link.creates_join_request) {
    return BotError(400, "Bad Request: member limit can't be specified for links requiring administrator approval");
  }
  return BotResult(chat->links.emplace_back(std::move(link)).Shown());
}

Answer Telegram::RevokeChatInviteLink(Bot& bot, const BotParams& params) {
  Chat* chat = nullptr;
  if (auto refused = ChatOf(bot, params, chat)) return *refused;
  for (InviteLink& link : chat->links) {
    if (link.url != params.Text("invite_link") || link.creator != &bot) continue;
    link.is_revoked = true;
    return BotResult(link.Shown());
  }
  return BotError(400, "Bad Request: INVITE_HASH_EXPIRED");
}

Answer Telegram::ApproveChatJoinRequest(Bot& bot, const BotParams& params) {
  Chat* chat = nullptr;
  if (auto refused = ChatOf(bot, params, chat)) return *refused;
  const auto user = params.Integer("user_id");
  if (!user) return BotError(400, "Bad Request: invalid user_id specified");
  if (chat->Status(*user) == "member") return BotError(400, "Bad Request: USER_ALREADY_PARTICIPANT");
  const auto request = chat->pending.find(*user);
  if (request == chat->pending.end())
    return BotError(400, chat->handled.contains(*user) ? "Bad Request: HIDE_REQUESTER_MISSING" : "Bad Request: USER_ID_INVALID");
  InviteLink* link = request->second;
  chat->pending.erase(request);
  chat->handled.insert(*user);
  SetStatus(*chat, *user, "member", bot.User(), link, true);
  return BotResult(true);
}

Answer Telegram::DeclineChatJoinRequest(Bot& bot, const BotParams& params) {
  Chat* chat = nullptr;
  if (auto refused = ChatOf(bot, params, chat)) return *refused;
  const auto user = params.Integer("user_id");
  if (!user) return BotError(400, "Bad Request: invalid user_id specified");
  if (chat->pending.erase(*user) == 0)
    return BotError(400, chat->handled.contains(*user) ? "Bad Request: HIDE_REQUESTER_MISSING" : "Bad Request: USER_ID_INVALID");
  chat->handled.insert(*user);
  return BotResult(true);
}

Answer Telegram::BanChatMember(Bot& bot, const BotParams& params) {
  Chat* chat = nullptr;
  if (auto refused = ChatOf(bot, params, chat)) return *refused;
  const auto user = params.Integer("user_id");
  if (!user) return BotError(400, "Bad Request: invalid user_id specified");
  if (*user == bot.id) return BotError(400, "Bad Request: can't restrict self");
  SetStatus(*chat, *user, "kicked", bot.User());
  return BotResult(true);
}

// With only_if_banned false a member is taken out and may come back: one idempotent removal.
Answer Telegram::UnbanChatMember(Bot& bot, const BotParams& params) {
  Chat* chat = nullptr;
  if (auto refused = ChatOf(bot, params, chat)) return *refused;
  const auto user = params.Integer("user_id");
  if (!user) return BotError(400, "Bad Request: invalid user_id specified");
  if (*user == bot.id) return BotError(400, "Bad Request: user is an administrator of the chat");
  if (chat->Status(*user) == "kicked" || !params.Flag("only_if_banned")) SetStatus(*chat, *user, "left", bot.User());
  return BotResult(true);
}

Answer Telegram::GetChatMember(Bot& bot, const BotParams& params) {
  Chat* chat = nullptr;
  if (auto refused = ChatOf(bot, params, chat)) return *refused;
  const auto user = params.Integer("user_id");
  if (!user || *user <= 0) return BotError(400, "Bad Request: invalid user_id specified");
  if (*user == bot.id) return BotResult(MemberObject(bot.User(), "administrator"));
  return BotResult(MemberObject(UserObject(*user), chat->Status(*user)));
}

Answer Telegram::SendMessage(Bot& bot, const BotParams& params) {
  const std::string text = params.Text("text");
  if (text.empty()) return BotError(400, "Bad Request: message text is empty");
  if (text.size() > 4 * kTextMax) return BotError(400, "Bad Request: message is too long");
  const auto id = params.Integer("chat_id");
  Json chat_object;
  if (id && *id > 0) {
    if (bot.blocked.contains(*id)) return BotError(403, "Forbidden: bot was blocked by the user");
    const auto window = bot.window.find(*id);
    const bool in_window = window != bot.window.end() && state_.NowSeconds() <= window->second;
    if (!bot.started.contains(*id) && !in_window) return BotError(403, "Forbidden: bot can't initiate conversation with a user");
    chat_object = {{"id", *id}, {"first_name", "User " + std::to_string(*id)}, {"type", "private"}};
  } else {
    Chat* chat = nullptr;
    if (auto refused = ChatOf(bot, params, chat)) return *refused;
    chat_object = chat->Shown();
  }
  return BotResult(
      {{"message_id", next_message_++}, {"from", bot.User()}, {"chat", chat_object}, {"date", state_.NowSeconds()}, {"text", text}});
}

}  // namespace quittance::sandbox
