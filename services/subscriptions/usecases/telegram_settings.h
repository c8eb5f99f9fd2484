// The tenant's Telegram settings: keys, rules, and which chat is which channel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/secret.h"
#include "common/settings/settings.h"

namespace quittance::subscriptions {

inline constexpr std::string_view kBotToken = "telegram.bot_token";
inline constexpr std::string_view kSecretToken = "telegram.secret_token";
inline constexpr std::string_view kBotName = "telegram.bot_name";
inline constexpr std::string_view kChannelPrefix = "telegram.channel.";

// The settings table of this service.
std::vector<settings::Key> TelegramSettings();

std::optional<Secret> BotTokenOf(const settings::Snapshot& snapshot);
std::optional<std::string> ChatOf(const settings::Snapshot& snapshot, std::string_view channel);
std::optional<std::string> ChannelOf(const settings::Snapshot& snapshot, std::string_view chat);

}  // namespace quittance::subscriptions
