// Perform: one function per step. Every call may be repeated: Telegram's answers tell what was so already.
#include "services/subscriptions/usecases/membership_calls.h"

#include "common/core/crash_point.h"
#include "services/subscriptions/usecases/telegram_settings.h"

namespace quittance::subscriptions {
namespace {

constexpr std::size_t kShortId = 12;  // digits of the link's name: sub-0123456789ab

BotAnswer Unset(std::string what) {
  return {.kind = BotAnswer::Kind::kBlocked, .value = {}, .error = "setting_missing: " + std::move(what)};
}

std::string LinkName(const Membership& membership) {
  const std::string hex = membership.id.uuid.Hex();
  return "sub-" + hex.substr(hex.size() - kShortId);
}

Task<BotAnswer> Invite(Deps& deps, BotChat chat, std::string account, std::string name, TimePoint expires) {
  BotAnswer unbanned = co_await deps.bot.UnbanMember(chat, account, true);
  // A ban that cannot be lifted shows again when the link is made; only what concerns the whole bot stops here.
  const bool whole_bot = unbanned.kind == BotAnswer::Kind::kPaused || unbanned.kind == BotAnswer::Kind::kUnauthorized ||
                         unbanned.kind == BotAnswer::Kind::kTryAgain || unbanned.kind == BotAnswer::Kind::kMoved;
  if (whole_bot) co_return unbanned;
  QUITTANCE_CRASH_POINT("memberships.invite.unbanned");
  BotAnswer link = co_await deps.bot.CreateJoinRequestLink(chat, name, expires);
  QUITTANCE_CRASH_POINT("memberships.invite.linked");
  co_return link;
}

// Out, and seen to be out.
Task<BotAnswer> Remove(Deps& deps, BotChat chat, std::string account) {
  BotAnswer removed = co_await deps.bot.UnbanMember(chat, account, false);
  QUITTANCE_CRASH_POINT("memberships.remove.called");
  if (!removed.ok()) co_return removed;
  BotAnswer seen = co_await deps.bot.GetMember(chat, account);
  QUITTANCE_CRASH_POINT("memberships.remove.seen");
  if (seen.kind == BotAnswer::Kind::kAlready || seen.error == "participant_id_invalid") co_return removed;
  if (!seen.ok()) co_return seen;
  if (IsInside(seen.value)) co_return BotAnswer{.kind = BotAnswer::Kind::kTryAgain, .value = {}, .error = "still_inside"};
  co_return removed;
}

// Right before the call: a renewal that was committed meanwhile keeps the member in (J19), and a pause that another replica was told counts
// here too.
Task<bool> StillToRemove(Deps& deps, const MembershipWork& work) {
  const TimePoint now = deps.clock.Now();
  const bool still = co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) {
    const auto& stored = work.view.stored;
    const auto view = store::LockClaimed(tx, stored.membership.tenant, stored.membership.id, stored.attempt, now);
    return view && !view->bot_paused && view->stored.membership.version == stored.membership.version &&
           !(view->facts.desired && view->facts.same_account);
  });
  co_return still;
}

}  // namespace

Task<CallReport> Perform(Deps& deps, const MembershipWork& work) {
  const Membership& membership = work.membership();
  CallReport report;
  const auto snapshot = co_await deps.settings.For(membership.tenant);
  const auto token = BotTokenOf(*snapshot);
  const auto set_chat = ChatOf(*snapshot, membership.channel);
  const bool to_set_chat = work.step == MembershipStep::kInvite || work.view.stored.chat.empty();
  report.setting_missing = !token || (to_set_chat && !set_chat);
  if (!token)
    report.answer = Unset(std::string(kBotToken));
  else if (report.setting_missing)
    report.answer = Unset(std::string(kChannelPrefix) + membership.channel);
  if (report.setting_missing) co_return report;

  report.chat = to_set_chat ? *set_chat : deps.vault.OpenChat(membership.tenant, work.tenant_key, work.view.stored.chat);
  const BotChat chat{*token, report.chat};
  const Sealed& sealed =
      work.step == MembershipStep::kInvite || work.view.stored.account.empty() ? work.view.linked_account : work.view.stored.account;
  const std::string account = sealed.empty() ? std::string() : deps.vault.OpenAccount(membership.tenant, work.tenant_key, sealed);
  if (account.empty() && work.step != MembershipStep::kRevokeLink) {  // nobody to act on
    report.called = false;
    co_return report;
  }

  switch (work.step) {
    case MembershipStep::kInvite:
      report.expires = deps.clock.Now() + kInviteAge;
      report.answer = co_await Invite(deps, chat, account, LinkName(membership), report.expires);
      break;
    case MembershipStep::kRevokeLink:
      report.answer = co_await deps.bot.RevokeLink(chat, membership.stale_link);
      QUITTANCE_CRASH_POINT("memberships.revoke.called");
      break;
    case MembershipStep::kRemove:
      report.called = co_await StillToRemove(deps, work);
      QUITTANCE_CRASH_POINT("memberships.remove.checked");
      if (report.called) report.answer = co_await Remove(deps, chat, account);
      break;
    case MembershipStep::kVerify:
      report.answer = co_await deps.bot.GetMember(chat, account);
      break;
    case MembershipStep::kRest:
      report.called = false;
      break;
  }
  co_return report;
}

}  // namespace quittance::subscriptions
