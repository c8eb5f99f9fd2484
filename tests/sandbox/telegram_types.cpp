// The body of telegram_types.h; the invariant it keeps stands there.
#include "tests/sandbox/telegram_types.h"

#include <charconv>

namespace quittance::sandbox {

Json UserObject(std::int64_t id) {
  return {{"id", id}, {"is_bot", false}, {"first_name", "User " + std::to_string(id)}, {"language_code", "fr"}};
}

http::ServerResponse BotResult(const Json& result) { return JsonAnswer(200, {{"ok", true}, {"result", result}}); }

http::ServerResponse BotError(int code, const std::string& description, const Json& parameters) {
  Json body = {{"ok", false}, {"error_code", code}, {"description", description}};
  if (parameters.is_object()) body["parameters"] = parameters;
  return JsonAnswer(code, body);
}

Json Bot::User() const { return {{"id", id}, {"is_bot", true}, {"first_name", username}, {"username", username}}; }

bool Bot::Wants(const std::string& kind) const { return allowed_updates ? allowed_updates->contains(kind) : kind != "chat_member"; }

Json InviteLink::Shown() const {
  Json shown = {{"invite_link", url},
                {"creator", creator->User()},
                {"creates_join_request", creates_join_request},
                {"is_primary", false},
                {"is_revoked", is_revoked}};
  if (!name.empty()) shown["name"] = name;
  if (expire_date > 0) shown["expire_date"] = expire_date;
  if (member_limit > 0) shown["member_limit"] = member_limit;
  return shown;
}

Json Chat::Shown() const { return {{"id", id}, {"title", "Channel " + std::to_string(id)}, {"type", "channel"}}; }

std::string Chat::Status(std::int64_t user) const {
  const auto found = members.find(user);
  return found == members.end() ? "left" : found->second;
}

std::optional<BotParams> BotParams::Read(const http::ServerRequest& request) {
  BotParams params;
  const auto query = http::FormDecode(request.query);
  if (!query) return std::nullopt;
  for (const auto& [name, value] : *query) params.values_[name] = value;
  if (request.method != "POST" || request.body.empty()) return params;
  if (request.HeaderValue("content-type").starts_with("application/json")) {
    const auto body = ParseObject(request.body);
    if (!body) return std::nullopt;
    params.values_.update(*body);
    return params;
  }
  const auto form = http::FormDecode(request.body);
  if (!form) return std::nullopt;
  for (const auto& [name, value] : *form) params.values_[name] = value;
  return params;
}

std::string BotParams::Text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::optional<std::int64_t> BotParams::Integer(const std::string& name) const {
  const std::string text = Text(name);
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool BotParams::Flag(const std::string& name, bool fallback) const {
  const std::string text = Text(name);
  return text.empty() ? fallback : text == "true" || text == "True" || text == "1";
}

Json BotParams::Value(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return {};
  if (!found->is_string()) return *found;
  Json parsed = Json::parse(found->get<std::string>(), nullptr, false);
  return parsed.is_discarded() ? Json() : parsed;
}

}  // namespace quittance::sandbox
