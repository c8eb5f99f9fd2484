// AnswerJoinRequests: claim, decide, call, conclude.
#include "services/subscriptions/usecases/answer_join_requests.h"

#include "common/core/crash_point.h"
#include "services/subscriptions/store/telegram.h"
#include "services/subscriptions/usecases/membership_changes.h"
#include "services/subscriptions/usecases/pacing.h"
#include "services/subscriptions/usecases/telegram_settings.h"

namespace quittance::subscriptions {
namespace {

struct Decision {
  bool approve = false;
  std::string tenant_key;
};

bool IsWelcome(const std::optional<store::MembershipView>& view, const Sealed& account) {
  return view && view->facts.desired && view->linked_account.index == account.index;
}

Task<Decision> Decide(Deps& deps, const store::JoinRequest& request) {
  const TimePoint now = deps.clock.Now();
  auto decision = co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) {
    const auto view = store::LockMembershipOfAccount(tx, request.tenant, request.channel, request.account.index, now);
    return Decision{IsWelcome(view, request.account), settings::TenantKey(tx, request.tenant, deps.vault.keyring())};
  });
  co_return decision;
}

// The answer, or what getChatMember says when the request is no longer pending.
struct Answered {
  BotAnswer answer;
  std::optional<bool> inside;
};

Task<Answered> Call(Deps& deps, const store::JoinRequest& request, const Decision& decision) {
  const auto snapshot = co_await deps.settings.For(request.tenant);
  const auto token = BotTokenOf(*snapshot);
  Answered answered;
  if (!token) {
    answered.answer = {.kind = BotAnswer::Kind::kBlocked, .value = {}, .error = "setting_missing: " + std::string(kBotToken)};
    co_return answered;
  }
  const BotChat chat{*token, deps.vault.OpenChat(request.tenant, decision.tenant_key, request.chat)};
  const std::string account = deps.vault.OpenAccount(request.tenant, decision.tenant_key, request.account);
  if (!decision.approve) {
    answered.answer = co_await deps.bot.DeclineJoinRequest(chat, account);
    co_return answered;
  }
  answered.answer = co_await deps.bot.ApproveJoinRequest(chat, account);
  if (answered.answer.ok()) answered.inside = true;
  if (answered.answer.kind == BotAnswer::Kind::kNeverAsked) answered.inside = false;
  if (answered.answer.kind == BotAnswer::Kind::kNotPending) {
    const BotAnswer member = co_await deps.bot.GetMember(chat, account);
    if (member.ok())
      answered.inside = IsInside(member.value);
    else
      answered.answer = member;
  }
  co_return answered;
}

void MoveMember(Deps& deps, db::Tx& tx, const store::JoinRequest& request, bool inside, TimePoint now) {
  auto view = store::LockMembershipOfAccount(tx, request.tenant, request.channel, request.account.index, now);
  if (!view) return;
  std::vector<MembershipChange> moves;
  if (view->stored.membership.Take(inside ? MembershipTrigger::kJoined : MembershipTrigger::kLapsed, now, moves)) {
    if (inside) TieTo(*view, request.account, request.chat);
    MembershipChanges changes(deps, {.actor = "system:answer_join_requests", .traceparent = {}}, now);
    changes.Add(*view, moves);
    changes.Save(tx);
  }
  const std::pair<TenantId, UserId> user{request.tenant, view->stored.membership.user};
  store::WakeMemberships(tx, std::span(&user, 1), now);  // also revokes the link
  tx.OnCommit([&deps] { deps.wake(kDriveMemberships); });
}

void TellDeclined(Deps& deps, db::Tx& tx, const store::JoinRequest& request, const Decision& decision, TimePoint now) {
  store::Message message{.tenant = request.tenant,
                         .id = deps.ids.Next(),
                         .text = BotText::kDeclined,
                         .locale = request.locale,
                         .argument = {},
                         .chat = {},
                         .expires = request.requested_at + kReplyWindow};
  message.chat = deps.vault.SealReplyChat(request.tenant, decision.tenant_key, message.id,
                                          deps.vault.OpenReplyChat(request.tenant, decision.tenant_key, request.id, request.reply_chat));
  store::InsertMessage(tx, message, now);
  tx.OnCommit([&deps] { deps.wake(kSendBotMessages); });
}

// True: the request needs no further answer.
bool Settled(const Answered& answered, bool approve) {
  switch (answered.answer.kind) {
    case BotAnswer::Kind::kDone:
    case BotAnswer::Kind::kAlready:
      return true;
    case BotAnswer::Kind::kNotPending:
    case BotAnswer::Kind::kNeverAsked:
      return !approve || answered.inside.has_value();
    default:
      return false;
  }
}

void Conclude(Deps& deps, db::Tx& tx, const store::JoinRequest& request, const Decision& decision, const Answered& answered,
              TimePoint now) {
  if (Settled(answered, decision.approve) || now - request.requested_at > kJoinRequestAge) {
    if (!store::EndJoinRequest(tx, request)) return;  // the lease was lost
    if (decision.approve)
      MoveMember(deps, tx, request, answered.inside.value_or(false), now);
    else if (answered.answer.ok())
      TellDeclined(deps, tx, request, decision, now);
    return;
  }
  TimePoint next = now + Backoff(request.tries + 1, request.id);
  if (answered.answer.kind == BotAnswer::Kind::kPaused) {
    store::PauseBot(tx, request.tenant, answered.answer.retry_after + std::chrono::seconds(1));
    next = now;
  } else if (answered.answer.kind != BotAnswer::Kind::kTryAgain) {  // the bot may not act
    next = now + kSettingMissingRetry;
    tx.OnCommit([&deps] { deps.alert("join_request_blocked"); });
  }
  store::DelayJoinRequest(tx, request, next, request.tries + 1);
}

}  // namespace

Task<int> AnswerJoinRequests(Deps& deps) {
  const TimePoint claimed_at = deps.clock.Now();
  const auto requests = co_await deps.system.Transact(
      db::Scope::System(), [&](db::Tx& tx) { return store::ClaimDueJoinRequests(tx, claimed_at, kJoinRequestBatch); });
  for (const auto& request : requests) {
    const Decision decision = co_await Decide(deps, request);
    QUITTANCE_CRASH_POINT("joins.decided");
    const Answered answered = co_await Call(deps, request, decision);
    QUITTANCE_CRASH_POINT("joins.called");
    const TimePoint now = deps.clock.Now();
    co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { Conclude(deps, tx, request, decision, answered, now); });
    QUITTANCE_CRASH_POINT("joins.concluded");
  }
  co_return static_cast<int>(requests.size());
}

}  // namespace quittance::subscriptions
