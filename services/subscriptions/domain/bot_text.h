// What the bot writes to a person, in French and English. Invariant: no text without both languages; the argument is a link or nothing.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace quittance::subscriptions {

enum class BotText {
  kInvite,        // the join-request link
  kLinked,        // the Telegram account is tied to the member
  kTokenInvalid,  // the start link is used up or too old
  kAccountTaken,  // this Telegram account belongs to another member
  kDeclined,      // a join request without a subscription
};
inline constexpr std::array kBotTexts = {BotText::kInvite, BotText::kLinked, BotText::kTokenInvalid, BotText::kAccountTaken,
                                         BotText::kDeclined};

std::string_view Name(BotText text);  // as stored: invite, linked, …

// `locale` other than fr is English. `argument` stands where the text has its link.
std::string Render(BotText text, std::string_view locale, std::string_view argument);

}  // namespace quittance::subscriptions
