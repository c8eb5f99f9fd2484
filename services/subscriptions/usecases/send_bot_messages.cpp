// SendBotMessages: claim, send, forget.
#include "services/subscriptions/usecases/send_bot_messages.h"

#include "common/core/crash_point.h"
#include "services/subscriptions/store/telegram.h"
#include "services/subscriptions/usecases/pacing.h"
#include "services/subscriptions/usecases/telegram_settings.h"

namespace quittance::subscriptions {
namespace {

struct Claimed {
  std::vector<store::Message> messages;
  std::map<TenantId, std::string> keys;
};

Claimed Claim(Deps& deps, db::Tx& tx, TimePoint now) {
  Claimed claimed{store::ClaimDueMessages(tx, now, kBotMessageBatch), {}};
  for (const auto& message : claimed.messages) {
    if (!claimed.keys.contains(message.tenant))
      claimed.keys.emplace(message.tenant, settings::TenantKey(tx, message.tenant, deps.vault.keyring()));
  }
  return claimed;
}

Task<BotAnswer> Send(Deps& deps, const store::Message& message, const std::string& tenant_key) {
  const auto snapshot = co_await deps.settings.For(message.tenant);
  const auto token = BotTokenOf(*snapshot);
  if (!token) co_return BotAnswer{.kind = BotAnswer::Kind::kBlocked, .value = {}, .error = "setting_missing"};
  const BotChat chat{*token, deps.vault.OpenReplyChat(message.tenant, tenant_key, message.id, message.chat)};
  BotAnswer answer = co_await deps.bot.SendMessage(chat, Render(message.text, message.locale, message.argument));
  co_return answer;
}

void Conclude(Deps& deps, db::Tx& tx, const store::Message& message, const BotAnswer& answer, TimePoint now) {
  switch (answer.kind) {
    case BotAnswer::Kind::kPaused:
      store::PauseBot(tx, message.tenant, answer.retry_after + std::chrono::seconds(1));
      return store::DelayMessage(tx, message, now, message.tries);
    case BotAnswer::Kind::kTryAgain:
    case BotAnswer::Kind::kUnauthorized:
      return store::DelayMessage(tx, message, now + Backoff(message.tries + 1, message.id), message.tries + 1);
    default:
      if (!answer.ok()) tx.OnCommit([&deps] { deps.alert("bot_message_refused"); });
      return store::EndMessage(tx, message);
  }
}

}  // namespace

Task<int> SendBotMessages(Deps& deps) {
  const TimePoint claimed_at = deps.clock.Now();
  const Claimed claimed = co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { return Claim(deps, tx, claimed_at); });
  for (const auto& message : claimed.messages) {
    BotAnswer answer{.kind = BotAnswer::Kind::kDone, .value = {}, .error = {}};
    if (message.expires > deps.clock.Now()) answer = co_await Send(deps, message, claimed.keys.at(message.tenant));
    QUITTANCE_CRASH_POINT("telegram.message.sent");
    const TimePoint now = deps.clock.Now();
    co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { Conclude(deps, tx, message, answer, now); });
  }
  co_return static_cast<int>(claimed.messages.size());
}

}  // namespace quittance::subscriptions
