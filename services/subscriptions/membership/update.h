// An update of the bot's, reduced to what this service acts upon. Invariant: what is not known is kept apart (kUnknown), never guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::subscriptions {

struct BotUpdate {
  enum class Kind {
    kUnknown,
    kStart,        // /start in a private chat, with or without a token
    kJoinRequest,  // somebody asks to join
    kMember,       // somebody's membership changed
    kOwnRights,    // the bot's own rights changed
  };
  std::int64_t update_id = 0;
  Kind kind = Kind::kUnknown;
  std::string chat;        // id
  std::string account;     // id of the person
  std::string reply_chat;  // where the person can be written to
  std::string locale;      // of the person: fr or en
  std::string token;       // of /start
  std::string status;      // new member status; restricted without is_member is left
  bool may_act = false;    // kOwnRights: the bot can invite and remove
};

std::string_view Name(BotUpdate::Kind kind);

// nullopt: not JSON, or without an update_id.
std::optional<BotUpdate> ParseUpdate(std::string_view body);

}  // namespace quittance::subscriptions
