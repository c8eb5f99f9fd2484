// The table of Telegram's errors: what the description contains decides, since their numbers do not.
#include "services/subscriptions/membership/telegram_codec.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace quittance::subscriptions::telegram {
namespace {

using Json = nlohmann::json;
using Kind = BotAnswer::Kind;

constexpr std::chrono::seconds kRetryAfterMax{3600};
constexpr std::chrono::seconds kRetryAfterDefault{5};

struct Row {
  std::string_view part;  // of the description, lower case
  Kind kind;
  std::string_view error;
};

constexpr std::array kRows = {
    Row{"user_already_participant", Kind::kAlready, ""},
    Row{"hide_requester_missing", Kind::kNotPending, "request_not_pending"},
    Row{"user_id_invalid", Kind::kNeverAsked, "never_asked"},
    Row{"participant_id_invalid", Kind::kTryAgain, "participant_id_invalid"},
    Row{"invite_hash_expired", Kind::kAlready, ""},
    Row{"administrator of the chat", Kind::kRefused, "user_is_administrator"},
    Row{"can't remove chat owner", Kind::kRefused, "user_is_owner"},
    Row{"can't restrict self", Kind::kRefused, "user_is_bot"},
    Row{"user_not_participant", Kind::kAlready, ""},
    Row{"member not found", Kind::kAlready, ""},
    Row{"bot was blocked by the user", Kind::kUnreachable, "blocked_by_user"},
    Row{"user is deactivated", Kind::kUnreachable, "user_deactivated"},
    Row{"can't initiate conversation", Kind::kUnreachable, "never_started"},
    Row{"bot was kicked", Kind::kBlocked, "bot_kicked"},
    Row{"bot is not a member", Kind::kBlocked, "bot_not_member"},
    Row{"chat not found", Kind::kBlocked, "chat_not_found"},
    Row{"chat_admin_required", Kind::kBlocked, "not_enough_rights"},
    Row{"not enough rights", Kind::kBlocked, "not_enough_rights"},
    Row{"need administrator rights", Kind::kBlocked, "not_enough_rights"},
    Row{"supergroup and channel chats only", Kind::kBlocked, "not_a_channel"},
};

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

BotAnswer Refusal(int code, const Json& json) {
  const Json parameters = json.value("parameters", Json::object());
  if (code == 429) {
    const std::int64_t wait = parameters.value("retry_after", kRetryAfterDefault.count());
    return {.kind = Kind::kPaused,
            .value = {},
            .error = "too_many_requests",
            .retry_after = std::clamp(std::chrono::seconds(wait), std::chrono::seconds(1), kRetryAfterMax)};
  }
  if (code == 401 || code == 404) return {.kind = Kind::kUnauthorized, .value = {}, .error = "unauthorized"};
  if (code >= 500) return {.kind = Kind::kTryAgain, .value = {}, .error = "server_error"};
  if (parameters.contains("migrate_to_chat_id") && parameters["migrate_to_chat_id"].is_number_integer()) {
    return {.kind = Kind::kMoved, .value = std::to_string(parameters["migrate_to_chat_id"].get<std::int64_t>()), .error = "chat_moved"};
  }
  const std::string description = Lower(json.value("description", std::string()));
  for (const auto& row : kRows) {
    if (description.find(row.part) != std::string::npos) return {.kind = row.kind, .value = {}, .error = std::string(row.error)};
  }
  return {.kind = Kind::kTryAgain, .value = {}, .error = "unknown_error_" + std::to_string(code)};
}

}  // namespace

BotAnswer ParseAnswer(int http_status, std::string_view body, const char* field) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("ok") || !json["ok"].is_boolean()) {
    if (http_status == 401 || http_status == 404) return {.kind = Kind::kUnauthorized, .value = {}, .error = "unauthorized"};
    return {.kind = Kind::kTryAgain, .value = {}, .error = "not_an_answer"};
  }
  try {
    if (!json["ok"].get<bool>()) return Refusal(json.value("error_code", http_status), json);
    BotAnswer answer{.kind = Kind::kDone, .value = {}, .error = {}};
    if (*field != '\0') {
      answer.value = json.at("result").at(field).get<std::string>();
      const Json& result = json["result"];
      if (answer.value == "restricted" && !result.value("is_member", false)) answer.value = "left";
    }
    return answer;
  } catch (const Json::exception&) {
    return {.kind = Kind::kTryAgain, .value = {}, .error = "not_an_answer"};
  }
}

}  // namespace quittance::subscriptions::telegram
