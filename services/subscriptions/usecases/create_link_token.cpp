// CreateLinkToken: whatever has to be asked over the network is asked before the transaction.
#include "services/subscriptions/usecases/create_link_token.h"

#include "common/audit/audit.h"
#include "services/subscriptions/events.h"
#include "services/subscriptions/store/telegram.h"
#include "services/subscriptions/usecases/know_user.h"
#include "services/subscriptions/usecases/telegram_settings.h"

namespace quittance::subscriptions {
namespace {

// The setting, what Telegram said once, or what it says now.
Task<Result<std::string>> BotName(Deps& deps, TenantId tenant) {
  const auto snapshot = co_await deps.settings.For(tenant);
  auto token = BotTokenOf(*snapshot);
  if (!token) co_return Precondition(Reason::kSettingMissing, "the tenant has no Telegram bot", {{"key", std::string(kBotToken)}});
  if (auto name = snapshot->Find(kBotName)) co_return *name;
  std::string stored = co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { return store::FindBotName(tx, tenant); });
  if (!stored.empty()) co_return stored;
  const BotAnswer answer = co_await deps.bot.GetName(*token);
  if (!answer.ok()) co_return Unavailable("Telegram does not tell the bot's name: " + answer.error);
  co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { store::SaveBotName(tx, tenant, answer.value); });
  co_return answer.value;
}

}  // namespace

Task<Result<db::Reply>> CreateLinkToken(Deps& deps, CreateLinkTokenCommand command) {
  const TimePoint now = deps.clock.Now();
  const TenantId tenant = command.caller.tenant;
  const auto user = ActOn(command.caller, command.user_id, "user_id");
  if (!user) co_return user.error();
  const auto known = co_await KnowUser(deps, tenant, *user);
  if (!known || known->status != "active") co_return Precondition(Reason::kUserUnknown, "the user is not known, or may not be used");
  const auto bot_name = co_await BotName(deps, tenant);
  if (!bot_name) co_return bot_name.error();

  const Secret token = Vault::NewToken();
  const TimePoint expires = now + kLinkTokenAge;
  auto reply = co_await deps.db.Once(db::Scope::Of(tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    store::InsertLinkToken(tx, tenant, *user, Vault::HashToken(token.Reveal()), expires);
    audit::Append(tx, {.tenant = tenant,
                       .time = now,
                       .cause = command.cause,
                       .action = "CreateLinkToken",
                       .subject = user->ToString(),
                       .detail = "",
                       .event = {}});
    return events::LinkTokenReply("https://t.me/" + *bot_name + "?start=" + std::string(token.Reveal()), token.Reveal(), expires);
  });
  co_return reply;
}

}  // namespace quittance::subscriptions
