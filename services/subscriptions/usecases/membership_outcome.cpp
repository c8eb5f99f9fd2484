// Conclude: an answer of Telegram's to moves of the membership and the time of the next try.
#include "common/core/check.h"
#include "services/subscriptions/store/telegram.h"
#include "services/subscriptions/usecases/membership_calls.h"
#include "services/subscriptions/usecases/membership_changes.h"
#include "services/subscriptions/usecases/pacing.h"
#include "services/subscriptions/usecases/telegram_settings.h"

namespace quittance::subscriptions {
namespace {

constexpr int kRevokeTriesMax = 5;  // a link that is not revoked opens nothing: its requests are still declined

struct Outcome {
  Deps& deps;
  db::Tx& tx;
  const MembershipWork& work;
  const CallReport& report;
  store::MembershipView& view;
  TimePoint now;
  std::vector<MembershipChange>& moves;
  int tries = 0;
  std::optional<TimePoint> next = {};  // overrules what the state asks for
  bool at_rest = false;                // waits for something else to happen

  Membership& membership() { return view.stored.membership; }
  void Alert(std::string reason) {
    tx.OnCommit([&d = deps, reason = std::move(reason)] { d.alert(reason); });
  }
};

void SendInvite(Outcome& out) {
  const TenantId tenant = out.membership().tenant;
  store::Message message{.tenant = tenant,
                         .id = out.deps.ids.Next(),
                         .text = BotText::kInvite,
                         .locale = out.view.locale,
                         .argument = out.report.answer.value,
                         .chat = {},
                         .expires = out.report.expires};
  message.chat = out.deps.vault.SealReplyChat(tenant, out.work.tenant_key, message.id,
                                              out.deps.vault.OpenAccount(tenant, out.work.tenant_key, out.view.linked_account));
  store::InsertMessage(out.tx, message, out.now);
  out.tx.OnCommit([&deps = out.deps] { deps.wake(kSendBotMessages); });
}

void TakeLink(Outcome& out) {
  const Sealed chat = out.deps.vault.SealChat(out.membership().tenant, out.work.tenant_key, out.report.chat);
  if (out.view.facts.desired && out.view.facts.linked &&
      out.membership().TakeInvite(out.report.answer.value, out.report.expires, out.now, out.moves)) {
    TieTo(out.view, out.view.linked_account, chat);
    SendInvite(out);
    return;
  }
  out.membership().stale_link = out.report.answer.value;  // not wanted any more: the link goes again
  TieTo(out.view, {}, chat);
}

void Done(Outcome& out) {
  switch (out.work.step) {
    case MembershipStep::kInvite:
      return TakeLink(out);
    case MembershipStep::kRevokeLink:
      out.membership().stale_link.clear();
      return;
    case MembershipStep::kRemove:
      out.membership().Take(MembershipTrigger::kRemoved, out.now, out.moves);
      return;
    case MembershipStep::kVerify:
      out.membership().Take(IsInside(out.report.answer.value) ? MembershipTrigger::kJoined : MembershipTrigger::kLeft, out.now, out.moves);
      return;
    case MembershipStep::kRest:
      return;
  }
}

void Blocked(Outcome& out) {
  out.next = out.now + (out.report.setting_missing ? Duration(kSettingMissingRetry) : Duration(kBlockedRetry));
  if (out.work.step == MembershipStep::kRevokeLink) return out.membership().stale_link.clear();
  if (out.membership().TakeRefusal(MembershipTrigger::kBlocked, out.report.answer.error, out.now, out.moves))
    out.Alert("membership_blocked");
}

void TryAgain(Outcome& out) {
  out.tries = out.view.stored.tries + 1;
  out.next = out.now + Backoff(out.tries, out.membership().id.uuid);
  if (out.work.step == MembershipStep::kRevokeLink && out.tries >= kRevokeTriesMax) out.membership().stale_link.clear();
  const auto& since = out.membership().waiting_since;
  if (out.work.step == MembershipStep::kRemove && since && out.now - *since > kSlowAlert) out.Alert("removal_slow");
}

void TakeAnswer(Outcome& out) {
  const BotAnswer& answer = out.report.answer;
  switch (answer.kind) {
    case BotAnswer::Kind::kDone:
    case BotAnswer::Kind::kAlready:
      return Done(out);
    case BotAnswer::Kind::kPaused:
      store::PauseBot(out.tx, out.membership().tenant, answer.retry_after + std::chrono::seconds(1));
      out.next = out.now;
      out.tries = out.view.stored.tries;
      return;
    case BotAnswer::Kind::kUnauthorized:
      store::PauseBot(out.tx, out.membership().tenant, kUnauthorizedPause);
      out.Alert("bot_unauthorized");
      return Blocked(out);
    case BotAnswer::Kind::kBlocked:
      return Blocked(out);
    case BotAnswer::Kind::kMoved:
      if (!out.view.stored.chat.empty())
        TieTo(out.view, {}, out.deps.vault.SealChat(out.membership().tenant, out.work.tenant_key, answer.value));
      out.next = out.now;
      return;
    case BotAnswer::Kind::kRefused:
      out.at_rest = true;
      if (out.membership().TakeRefusal(MembershipTrigger::kRefused, answer.error, out.now, out.moves)) out.Alert("membership_refused");
      return;
    case BotAnswer::Kind::kNotPending:
    case BotAnswer::Kind::kNeverAsked:
    case BotAnswer::Kind::kUnreachable:
    case BotAnswer::Kind::kTryAgain:
      return TryAgain(out);
  }
}

// Telegram says that the chat has a new id: the tenant's setting follows, with its audit row.
Task<void> FollowMovedChat(Deps& deps, TenantId tenant, std::string channel, std::string old_chat, std::string new_chat) {
  const auto snapshot = co_await deps.settings.For(tenant);
  if (ChatOf(*snapshot, channel) != old_chat) co_return;
  settings::PutSettingCommand command;
  command.caller.tenant = tenant;
  command.caller.subject = "system:drive_memberships";
  command.cause.actor = command.caller.subject;
  command.key = std::string(kChannelPrefix) + channel;
  command.value = new_chat;
  command.once = {.tenant = tenant,
                  .principal = command.caller.subject,
                  .method = "quittance.common.v1.SettingsService/PutSetting",
                  .key = "moved:" + channel + ":" + new_chat,
                  .fingerprint = {},
                  .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5)};
  const auto put =
      co_await settings::PutSetting(deps.settings, deps.db, command, deps.clock.Now(), [](const settings::View&) { return std::string(); });
  if (!put) deps.alert("moved_chat_not_stored");
}

void Write(Outcome& out, MembershipChanges& changes) {
  const MembershipStep step = out.membership().Settle(out.view.facts, out.now, out.moves);
  changes.Add(out.view, out.moves);
  changes.Save(out.tx);
  std::optional<TimePoint> next = out.membership().NextLook(out.view.facts);
  if (out.next)
    next = out.next;
  else if (!out.at_rest && step != MembershipStep::kRest)
    next = out.now;
  const store::Rest rest{out.membership().tenant, out.membership().id, out.view.stored.attempt, next, out.tries};
  store::RestMemberships(out.tx, std::span(&rest, 1));
}

}  // namespace

Task<void> Conclude(Deps& deps, const MembershipWork& work, CallReport report) {
  const TimePoint now = deps.clock.Now();
  const Membership& membership = work.membership();
  if (report.called && report.answer.kind == BotAnswer::Kind::kMoved) {
    co_await FollowMovedChat(deps, membership.tenant, membership.channel, report.chat, report.answer.value);
  }
  co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) {
    auto view = store::LockClaimed(tx, membership.tenant, membership.id, work.view.stored.attempt, now);
    if (!view) return;  // the lease was lost: whoever has it writes (J03)
    std::vector<MembershipChange> moves;
    Outcome out{deps, tx, work, report, *view, now, moves};
    if (report.called)
      TakeAnswer(out);
    else
      out.at_rest = work.step != MembershipStep::kRemove;
    MembershipChanges changes(deps, {.actor = "system:drive_memberships", .traceparent = {}}, now);
    Write(out, changes);
  });
}

}  // namespace quittance::subscriptions
