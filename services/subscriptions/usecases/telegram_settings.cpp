// Rules of the values; a chat id is a secret of the tenant like the token is.
#include "services/subscriptions/usecases/telegram_settings.h"

#include <algorithm>

namespace quittance::subscriptions {
namespace {

constexpr std::size_t kSecretTokenMax = 256;

bool IsWord(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

bool IsWordOrDash(char c) { return IsWord(c) || c == '-'; }

// <digits>:<letters, digits, _ and ->
std::optional<std::string> CheckBotToken(std::string_view value) {
  const auto colon = value.find(':');
  const bool ok =
      colon != std::string_view::npos && colon > 0 && colon + 1 < value.size() && value.size() <= 128 &&
      std::all_of(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) { return c >= '0' && c <= '9'; }) &&
      std::all_of(value.begin() + static_cast<std::ptrdiff_t>(colon) + 1, value.end(), IsWordOrDash);
  return ok ? std::nullopt : std::optional<std::string>("must be a bot token: digits, a colon, then letters, digits, _ and -");
}

std::optional<std::string> CheckSecretToken(std::string_view value) {
  const bool ok = value.size() <= kSecretTokenMax && std::all_of(value.begin(), value.end(), IsWordOrDash);
  return ok ? std::nullopt : std::optional<std::string>("must be 1 to 256 letters, digits, _ and -");
}

std::optional<std::string> CheckBotName(std::string_view value) {
  const bool ok = value.size() >= 3 && value.size() <= 32 && std::all_of(value.begin(), value.end(), IsWord);
  return ok ? std::nullopt : std::optional<std::string>("must be 3 to 32 letters, digits and _, without @");
}

std::optional<std::string> CheckChat(std::string_view value) {
  std::string_view digits = value;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  const bool ok =
      !digits.empty() && digits.size() <= 16 && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  return ok ? std::nullopt : std::optional<std::string>("must be a numeric chat id, such as -1001234567890");
}

}  // namespace

std::vector<settings::Key> TelegramSettings() {
  return {
      {std::string(kBotToken), true, "Token of the tenant's bot, from BotFather.", CheckBotToken},
      {std::string(kSecretToken), true, "What Telegram sends in X-Telegram-Bot-Api-Secret-Token (setWebhook).", CheckSecretToken},
      {std::string(kBotName), false, "Username of the bot; asked of Telegram (getMe) when it is not set.", CheckBotName},
      {std::string(kChannelPrefix) + "*", true, "Chat id of a private channel that plans name by its code.", CheckChat},
  };
}

std::optional<Secret> BotTokenOf(const settings::Snapshot& snapshot) {
  auto token = snapshot.Find(kBotToken);
  if (!token) return std::nullopt;
  return Secret(std::move(*token));
}

std::optional<std::string> ChatOf(const settings::Snapshot& snapshot, std::string_view channel) {
  return snapshot.Find(std::string(kChannelPrefix) + std::string(channel));
}

std::optional<std::string> ChannelOf(const settings::Snapshot& snapshot, std::string_view chat) {
  for (const auto& [channel, id] : snapshot.WithPrefix(kChannelPrefix)) {
    if (id == chat) return channel;
  }
  return std::nullopt;
}

}  // namespace quittance::subscriptions
