// Telegram's JSON to BotUpdate. Unknown fields are ignored, missing ones make the update unknown.
#include "services/subscriptions/membership/update.h"

#include <nlohmann/json.hpp>

namespace quittance::subscriptions {
namespace {

using Json = nlohmann::json;

constexpr int kDepthMax = 64;

const Json& At(const Json& object, const char* key) {
  static const Json missing;
  if (!object.is_object()) return missing;
  const auto found = object.find(key);
  return found == object.end() ? missing : *found;
}

std::string IdAt(const Json& object, const char* key) {
  const Json& id = At(At(object, key), "id");
  return id.is_number_integer() ? std::to_string(id.get<std::int64_t>()) : std::string();
}

std::string TextAt(const Json& object, const char* key) {
  const Json& text = At(object, key);
  return text.is_string() ? text.get<std::string>() : std::string();
}

// IETF tag of the person's app: French in all its forms, English for everybody else.
std::string LocaleOf(const Json& person) { return TextAt(person, "language_code").starts_with("fr") ? "fr" : "en"; }

bool FlagAt(const Json& object, const char* key) {
  const Json& flag = At(object, key);
  return flag.is_boolean() && flag.get<bool>();
}

std::string StatusOf(const Json& member) {
  std::string status = TextAt(member, "status");
  if (status == "restricted" && !FlagAt(member, "is_member")) return "left";
  return status;
}

void ReadMessage(const Json& message, BotUpdate& update) {
  constexpr std::string_view kStart = "/start";
  const std::string text = TextAt(message, "text");
  if (TextAt(At(message, "chat"), "type") != "private" || !text.starts_with(kStart)) return;
  if (text.size() > kStart.size() && text[kStart.size()] != ' ') return;
  update.account = IdAt(message, "from");
  update.chat = IdAt(message, "chat");
  if (update.account.empty() || update.chat.empty()) return;
  update.reply_chat = update.chat;
  update.locale = LocaleOf(At(message, "from"));
  if (text.size() > kStart.size() + 1) update.token = text.substr(kStart.size() + 1, 64);
  update.kind = BotUpdate::Kind::kStart;
}

void ReadJoinRequest(const Json& request, BotUpdate& update) {
  update.chat = IdAt(request, "chat");
  update.account = IdAt(request, "from");
  update.locale = LocaleOf(At(request, "from"));
  const Json& reply = At(request, "user_chat_id");
  update.reply_chat = reply.is_number_integer() ? std::to_string(reply.get<std::int64_t>()) : update.account;
  if (!update.chat.empty() && !update.account.empty()) update.kind = BotUpdate::Kind::kJoinRequest;
}

void ReadMember(const Json& change, BotUpdate& update) {
  const Json& member = At(change, "new_chat_member");
  update.chat = IdAt(change, "chat");
  update.account = IdAt(member, "user");
  update.status = StatusOf(member);
  if (!update.chat.empty() && !update.account.empty() && !update.status.empty()) update.kind = BotUpdate::Kind::kMember;
}

void ReadOwnRights(const Json& change, BotUpdate& update) {
  const Json& member = At(change, "new_chat_member");
  update.chat = IdAt(change, "chat");
  update.status = StatusOf(member);
  // In channels and supergroups can_restrict_members is what removals need.
  update.may_act = update.status == "creator" ||
                   (update.status == "administrator" && FlagAt(member, "can_invite_users") && FlagAt(member, "can_restrict_members"));
  if (!update.chat.empty() && !update.status.empty()) update.kind = BotUpdate::Kind::kOwnRights;
}

bool TooDeep(std::string_view body) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (in_string) {
      if (body[i] == '\\')
        ++i;
      else if (body[i] == '"')
        in_string = false;
    } else if (body[i] == '"') {
      in_string = true;
    } else if (body[i] == '{' || body[i] == '[') {
      if (++depth > kDepthMax) return true;
    } else if (body[i] == '}' || body[i] == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::string_view Name(BotUpdate::Kind kind) {
  switch (kind) {
    case BotUpdate::Kind::kStart:
      return "start";
    case BotUpdate::Kind::kJoinRequest:
      return "join_request";
    case BotUpdate::Kind::kMember:
      return "member";
    case BotUpdate::Kind::kOwnRights:
      return "own_rights";
    case BotUpdate::Kind::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::optional<BotUpdate> ParseUpdate(std::string_view body) {
  if (TooDeep(body)) return std::nullopt;
  const Json json = Json::parse(body, nullptr, false);
  const Json& id = At(json, "update_id");
  if (json.is_discarded() || !id.is_number_integer()) return std::nullopt;
  BotUpdate update;
  update.update_id = id.get<std::int64_t>();
  if (json.contains("message"))
    ReadMessage(json["message"], update);
  else if (json.contains("chat_join_request"))
    ReadJoinRequest(json["chat_join_request"], update);
  else if (json.contains("chat_member"))
    ReadMember(json["chat_member"], update);
  else if (json.contains("my_chat_member"))
    ReadOwnRights(json["my_chat_member"], update);
  return update;
}

}  // namespace quittance::subscriptions
