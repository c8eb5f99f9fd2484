// The bot's texts, one row each.
#include "services/subscriptions/domain/bot_text.h"

namespace quittance::subscriptions {
namespace {

struct Row {
  BotText text;
  std::string_view name, fr, en;
};

constexpr std::array kRows = {
    Row{BotText::kInvite, "invite",
        "Votre accès est ouvert. Demandez à entrer dans le canal par ce lien, valable 24 heures ; votre demande est acceptée aussitôt :\n",
        "Your access is open. Ask to join the channel with this link, good for 24 hours; your request is accepted at once:\n"},
    Row{BotText::kLinked, "linked", "Votre compte Telegram est lié. Dès qu'un abonnement court, vous recevez ici votre lien d'entrée.",
        "Your Telegram account is linked. As soon as a subscription runs, your joining link comes here."},
    Row{BotText::kTokenInvalid, "token_invalid", "Ce lien n'est plus valable. Demandez-en un nouveau depuis votre espace membre.",
        "This link is no longer valid. Ask for a new one in your member area."},
    Row{BotText::kAccountTaken, "account_taken", "Ce compte Telegram est déjà lié à un autre membre.",
        "This Telegram account is already linked to another member."},
    Row{BotText::kDeclined, "declined", "Votre demande a été refusée : ce canal est réservé aux abonnés dont le compte Telegram est lié.",
        "Your request was declined: this channel is for subscribers whose Telegram account is linked."},
};

}  // namespace

std::string_view Name(BotText text) {
  for (const auto& row : kRows) {
    if (row.text == text) return row.name;
  }
  return "";
}

std::string Render(BotText text, std::string_view locale, std::string_view argument) {
  for (const auto& row : kRows) {
    if (row.text == text) return std::string(locale.starts_with("fr") ? row.fr : row.en) + std::string(argument);
  }
  return {};
}

}  // namespace quittance::subscriptions
