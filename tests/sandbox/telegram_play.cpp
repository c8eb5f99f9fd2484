// What people do on Telegram: write to a bot, ask to join, leave, throw the bot out; and the updates that follow.
#include "tests/sandbox/telegram.h"

namespace quittance::sandbox {
namespace {

constexpr std::int64_t kJoinRequestWindowSeconds = 300;

using Answer = http::ServerResponse;

// A number, or a text of digits.
std::optional<std::int64_t> NumberAt(const Json& command, const std::string& key) {
  const auto found = command.find(key);
  if (found == command.end()) return std::nullopt;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  if (!found->is_string()) return std::nullopt;
  try {
    std::size_t end = 0;
    const std::string text = found->get<std::string>();
    const std::int64_t number = std::stoll(text, &end);
    return end == text.size() ? std::optional(number) : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Answer Done() { return JsonAnswer(200, Json::object()); }

}  // namespace

Answer Telegram::Control(const Json& command) {
  const std::string action = TextAt(command, "action");
  const auto user = NumberAt(command, "user");
  const bool of_user = action == "start" || action == "join_request" || action == "leave" || action == "block";
  if (of_user && (!user || *user <= 0)) return Refuse(400, "user must be a Telegram user id");
  if (action == "start") return Start(command, *user);
  if (action == "join_request") return Join(command, *user);
  if (action == "block") return Block(command, *user);
  if (action != "leave" && action != "kick_bot" && action != "add_bot")
    return Refuse(400, "action must be start, join_request, leave, kick_bot, add_bot or block");

  const auto chat = chats_.find(NumberAt(command, "chat").value_or(0));
  if (chat == chats_.end()) return Refuse(404, "no such chat");
  if (action == "leave") return Leave(chat->second, *user);
  return MoveBot(command, chat->second, action == "kick_bot" ? "kicked" : "administrator");
}

// The bot a command means: named, or the t.me link's, or the chat's, or the first that has a webhook.
Bot* Telegram::BotOf(const Json& command, const Chat* chat) {
  const std::string name = TextAt(command, "bot");
  const std::string link = TextAt(command, "link");
  for (Bot& bot : bots_) {
    if (!name.empty() && (bot.token == name || bot.username == name || std::to_string(bot.id) == name)) return &bot;
    if (name.empty() && link.find("t.me/" + bot.username + "?") != std::string::npos) return &bot;
  }
  if (!name.empty()) return nullptr;
  if (chat != nullptr && !chat->bots.empty()) return chat->bots.begin()->first;
  for (Bot& bot : bots_) {
    if (!bot.url.empty()) return &bot;
  }
  return nullptr;
}

Answer Telegram::Start(const Json& command, std::int64_t user) {
  Bot* bot = BotOf(command, nullptr);
  if (bot == nullptr) return Refuse(404, "no such bot");
  std::string payload = TextAt(command, "payload");
  const std::string link = TextAt(command, "link");
  if (const auto start = link.find("?start="); payload.empty() && start != std::string::npos) payload = link.substr(start + 7);
  bot->started.insert(user);
  bot->blocked.erase(user);
  Update(*bot, "message",
         {{"message_id", next_message_++},
          {"from", UserObject(user)},
          {"chat", {{"id", user}, {"first_name", "User " + std::to_string(user)}, {"type", "private"}}},
          {"date", state_.NowSeconds()},
          {"text", payload.empty() ? "/start" : "/start " + payload},
          {"entities", Json::array({{{"offset", 0}, {"length", 6}, {"type", "bot_command"}}})}});
  return Done();
}

Chat* Telegram::ChatOfLink(const std::string& link, InviteLink*& found) {
  for (auto& [id, chat] : chats_) {
    for (InviteLink& candidate : chat.links) {
      if (candidate.url != link) continue;
      found = &candidate;
      return &chat;
    }
  }
  return nullptr;
}

Answer Telegram::Join(const Json& command, std::int64_t user) {
  InviteLink* link = nullptr;
  Chat* chat = ChatOfLink(TextAt(command, "link"), link);
  if (chat == nullptr) return Refuse(404, "no such link");
  if (const auto asked = NumberAt(command, "chat"); asked && *asked != chat->id) return Refuse(400, "the link is another chat's");
  if (link->is_revoked) return Refuse(400, "the link is revoked");
  if (link->expire_date != 0 && link->expire_date <= state_.NowSeconds()) return Refuse(400, "the link has expired");
  if (chat->Status(user) == "member") return Refuse(409, "the user is a member");
  if (chat->Status(user) == "kicked") return Refuse(400, "the user is banned");
  if (!link->creates_join_request) {
    std::erase_if(link->joined,
                  [&](std::int64_t other) { return chat->Status(other) != "member"; });  // a slot is free again when its member left
    if (link->member_limit > 0 && static_cast<std::int64_t>(link->joined.size()) >= link->member_limit)
      return Refuse(400, "the link is used up");
    link->joined.insert(user);
    SetStatus(*chat, user, "member", UserObject(user), link);
    return Done();
  }
  chat->pending[user] = link;
  for (const auto& [bot, status] : chat->bots) {
    if (status != "administrator") continue;
    bot->window[user] = state_.NowSeconds() + kJoinRequestWindowSeconds;
    Update(*bot, "chat_join_request",
           {{"chat", chat->Shown()},
            {"from", UserObject(user)},
            {"user_chat_id", user},
            {"date", state_.NowSeconds()},
            {"invite_link", link->Shown()}});
  }
  return Done();
}

Answer Telegram::Leave(Chat& chat, std::int64_t user) {
  if (chat.Status(user) != "member") return Refuse(409, "the user is no member");
  SetStatus(chat, user, "left", UserObject(user));
  return Done();
}

Answer Telegram::MoveBot(const Json& command, Chat& chat, const std::string& status) {
  Bot* bot = BotOf(command, &chat);
  if (bot == nullptr) return Refuse(404, "no such bot");
  const std::string before = chat.bots.try_emplace(bot, "left").first->second;
  if (before == status) return Refuse(409, "the bot is " + status + " already");
  chat.bots[bot] = status;
  const Json user = bot->User();
  Update(*bot, "my_chat_member",
         {{"chat", chat.Shown()},
          {"from", UserObject(1)},  // the channel's owner
          {"date", state_.NowSeconds()},
          {"old_chat_member", {{"user", user}, {"status", before}}},
          {"new_chat_member", {{"user", user}, {"status", status}}}});
  return Done();
}

Answer Telegram::Block(const Json& command, std::int64_t user) {
  Bot* bot = BotOf(command, nullptr);
  if (bot == nullptr) return Refuse(404, "no such bot");
  bot->started.erase(user);
  bot->blocked.insert(user);
  const Json self = bot->User();
  Update(*bot, "my_chat_member",
         {{"chat", {{"id", user}, {"first_name", "User " + std::to_string(user)}, {"type", "private"}}},
          {"from", UserObject(user)},
          {"date", state_.NowSeconds()},
          {"old_chat_member", {{"user", self}, {"status", "member"}}},
          {"new_chat_member", {{"user", self}, {"status", "kicked"}}}});
  return Done();
}

void Telegram::SetStatus(Chat& chat, std::int64_t user, const std::string& status, const Json& by, const InviteLink* link,
                         bool via_request) {
  const std::string before = chat.Status(user);
  if (before == status) return;
  chat.members[user] = status;
  Json update = {{"chat", chat.Shown()},
                 {"from", by},
                 {"date", state_.NowSeconds()},
                 {"old_chat_member", {{"user", UserObject(user)}, {"status", before}}},
                 {"new_chat_member", {{"user", UserObject(user)}, {"status", status}}}};
  if (link != nullptr) update["invite_link"] = link->Shown();
  if (via_request) update["via_join_request"] = true;
  for (const auto& [bot, bot_status] : chat.bots) {
    if (bot_status == "administrator") Update(*bot, "chat_member", update);
  }
}

void Telegram::Update(Bot& bot, const std::string& kind, Json content) {
  const std::int64_t id = bot.next_update++;
  if (bot.url.empty() || !bot.Wants(kind)) return;
  const std::string secret = bot.secret_token;
  deliveries_.Post({.psp = "telegram",
                    .type = kind,
                    .id = std::to_string(id),
                    .url = bot.url,
                    .body = Json{{"update_id", id}, {kind, std::move(content)}}.dump(),
                    .headers = [secret](TimePoint) {
                      std::vector<http::Header> headers = {{"Content-Type", "application/json"}};
                      if (!secret.empty()) headers.push_back({"X-Telegram-Bot-Api-Secret-Token", secret});
                      return headers;
                    }});
}

Json Telegram::Members(const std::string& chat_id) const {
  Json items = Json::array();
  for (const auto& [id, chat] : chats_) {
    if (std::to_string(id) != chat_id) continue;
    for (const auto& [user, status] : chat.members) items.push_back({{"user", user}, {"status", status}});
  }
  return items;
}

}  // namespace quittance::sandbox
