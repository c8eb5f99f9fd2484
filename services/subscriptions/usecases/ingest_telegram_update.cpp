// IngestTelegramUpdate: one function per kind of update.
#include "services/subscriptions/usecases/ingest_telegram_update.h"

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "services/subscriptions/membership/update.h"
#include "services/subscriptions/store/telegram.h"
#include "services/subscriptions/usecases/membership_changes.h"
#include "services/subscriptions/usecases/telegram_settings.h"

namespace quittance::subscriptions {
namespace {

constexpr int kOk = 200;
constexpr int kUnauthorized = 401;
constexpr std::chrono::minutes kReplyAge{60};  // an answer to /start that is older helps nobody

// What every kind needs.
struct Intake {
  Deps& deps;
  db::Tx& tx;
  const IngestTelegramUpdateCommand& command;
  const settings::Snapshot& settings;
  const BotUpdate& update;
  TimePoint now;
  std::string tenant_key;

  TenantId tenant() const { return command.tenant; }
  Sealed Account() const { return deps.vault.SealAccount(tenant(), tenant_key, update.account); }
  Sealed Chat() const { return deps.vault.SealChat(tenant(), tenant_key, update.chat); }
};

// The channel by the settings, or by who was let in there before the setting changed.
std::optional<std::string> Channel(const Intake& in) {
  if (auto channel = ChannelOf(in.settings, in.update.chat)) return channel;
  return store::FindChannelOfChat(in.tx, in.tenant(), in.deps.vault.ChatIndex(in.tenant(), in.update.chat));
}

void Answer(const Intake& in, BotText text, std::string locale) {
  store::Message message{.tenant = in.tenant(),
                         .id = in.deps.ids.Next(),
                         .text = text,
                         .locale = std::move(locale),
                         .argument = {},
                         .chat = {},
                         .expires = in.now + kReplyAge};
  message.chat = in.deps.vault.SealReplyChat(in.tenant(), in.tenant_key, message.id, in.update.reply_chat);
  store::InsertMessage(in.tx, message, in.now);
  in.tx.OnCommit([&deps = in.deps] { deps.wake(kSendBotMessages); });
}

void Wake(const Intake& in, UserId user) {
  const std::pair<TenantId, UserId> who{in.tenant(), user};
  store::WakeMemberships(in.tx, std::span(&who, 1), in.now);
  in.tx.OnCommit([&deps = in.deps] { deps.wake(kDriveMemberships); });
}

// Whoever writes /start wants a link: also those who had left, or let theirs lapse.
void OfferLinks(const Intake& in, UserId user) {
  MembershipChanges changes(in.deps, in.command.cause, in.now);
  for (auto& view : store::LockMembershipsOfUser(in.tx, in.tenant(), user, in.now)) {
    std::vector<MembershipChange> moves;
    view.stored.membership.Take(MembershipTrigger::kAsked, in.now, moves);
    view.stored.membership.invites = 0;
    changes.Add(view, moves);
  }
  changes.Save(in.tx);
  Wake(in, user);
}

void TakeStart(const Intake& in) {
  const std::string index = in.deps.vault.AccountIndex(in.tenant(), in.update.account);
  if (in.update.token.empty()) {
    const auto user = store::FindUserOfAccount(in.tx, in.tenant(), index);
    if (user)
      OfferLinks(in, *user);
    else
      Answer(in, BotText::kTokenInvalid, in.update.locale);
    return;
  }
  const std::string hash = Vault::HashToken(in.update.token);
  const auto user = store::LockLinkToken(in.tx, in.tenant(), hash, in.now);
  if (!user) return Answer(in, BotText::kTokenInvalid, in.update.locale);
  const auto known = store::FindUser(in.tx, in.tenant(), *user);
  const std::string locale = known ? known->locale : in.update.locale;
  if (!store::LinkAccount(in.tx, in.tenant(), *user, in.Account(), in.now)) return Answer(in, BotText::kAccountTaken, locale);
  store::UseLinkToken(in.tx, in.tenant(), hash, in.now);
  audit::Append(in.tx, {.tenant = in.tenant(),
                        .time = in.now,
                        .cause = in.command.cause,
                        .action = "LinkTelegramAccount",
                        .subject = user->ToString(),
                        .detail = "",
                        .event = {}});
  Answer(in, BotText::kLinked, locale);
  OfferLinks(in, *user);
}

void TakeJoinRequest(const Intake& in) {
  const auto channel = Channel(in);
  if (!channel) return;  // a chat that is none of ours
  store::JoinRequest request{.tenant = in.tenant(),
                             .id = in.deps.ids.Next(),
                             .channel = *channel,
                             .chat = in.Chat(),
                             .account = in.Account(),
                             .reply_chat = {},
                             .locale = in.update.locale,
                             .requested_at = in.now};
  request.reply_chat = in.deps.vault.SealReplyChat(in.tenant(), in.tenant_key, request.id, in.update.reply_chat);
  store::InsertJoinRequest(in.tx, request);
  if (auto view = store::LockMembershipOfAccount(in.tx, in.tenant(), *channel, request.account.index, in.now);
      view && view->facts.desired) {
    std::vector<MembershipChange> moves;
    view->stored.membership.desired = true;
    if (view->stored.membership.Take(MembershipTrigger::kRequested, in.now, moves)) {
      TieTo(*view, request.account, request.chat);
      MembershipChanges changes(in.deps, in.command.cause, in.now);
      changes.Add(*view, moves);
      changes.Save(in.tx);
    }
  }
  in.tx.OnCommit([&deps = in.deps] { deps.wake(kAnswerJoinRequests); });
}

void TakeMember(const Intake& in) {
  const auto channel = Channel(in);
  if (!channel) return;
  auto view =
      store::LockMembershipOfAccount(in.tx, in.tenant(), *channel, in.deps.vault.AccountIndex(in.tenant(), in.update.account), in.now);
  if (!view) return;
  const bool inside = IsInside(in.update.status);
  std::vector<MembershipChange> moves;
  if (!view->stored.membership.Take(inside ? MembershipTrigger::kJoined : MembershipTrigger::kLeft, in.now, moves)) return;
  if (inside) TieTo(*view, in.Account(), in.Chat());
  MembershipChanges changes(in.deps, in.command.cause, in.now);
  changes.Add(*view, moves);
  changes.Save(in.tx);
  Wake(in, view->stored.membership.user);
}

void TakeOwnRights(const Intake& in) {
  const auto channel = Channel(in);
  if (!channel) return;
  if (in.update.may_act) {
    store::WakeBlockedOfChannel(in.tx, in.tenant(), *channel, in.now);
    in.tx.OnCommit([&deps = in.deps] { deps.wake(kDriveMemberships); });
    return;
  }
  MembershipChanges changes(in.deps, in.command.cause, in.now);
  for (auto& view : store::LockMembershipsInChannel(in.tx, in.tenant(), *channel, in.now)) {
    std::vector<MembershipChange> moves;
    if (view.stored.membership.TakeRefusal(MembershipTrigger::kBlocked, "bot_lost_rights", in.now, moves)) changes.Add(view, moves);
  }
  changes.Save(in.tx);
  in.tx.OnCommit([&deps = in.deps] { deps.alert("bot_lost_rights"); });
}

void Apply(const Intake& in) {
  switch (in.update.kind) {
    case BotUpdate::Kind::kStart:
      return TakeStart(in);
    case BotUpdate::Kind::kJoinRequest:
      return TakeJoinRequest(in);
    case BotUpdate::Kind::kMember:
      return TakeMember(in);
    case BotUpdate::Kind::kOwnRights:
      return TakeOwnRights(in);
    case BotUpdate::Kind::kUnknown:
      return;
  }
}

void NoteUnreadable(db::Tx& tx, const IngestTelegramUpdateCommand& command, TimePoint now) {
  audit::Append(tx, {.tenant = command.tenant,
                     .time = now,
                     .cause = command.cause,
                     .action = "IngestTelegramUpdate",
                     .subject = "telegram",
                     .detail = "{\"unreadable_bytes\":" + std::to_string(command.body.size()) + "}",
                     .event = {}});
}

}  // namespace

Task<Result<int>> IngestTelegramUpdate(Deps& deps, IngestTelegramUpdateCommand command) {
  const TimePoint now = deps.clock.Now();
  if (command.body.size() > kUpdateBytesMax) co_return InvalidField("body", "must be at most 1 MiB");
  const auto snapshot = co_await deps.settings.For(command.tenant);
  const auto expected = snapshot->Find(kSecretToken);
  if (!expected || !Vault::SameSecret(*expected, command.secret_token)) {
    deps.alert("telegram_secret_refused");
    co_return kUnauthorized;
  }
  QUITTANCE_CRASH_POINT("telegram.update.begin");
  const auto update = ParseUpdate(command.body);
  command.cause.actor = "telegram:bot";
  co_await deps.db.Transact(db::Scope::Of(command.tenant), [&](db::Tx& tx) {
    if (!update) return NoteUnreadable(tx, command, now);
    if (!store::ClaimUpdate(tx, command.tenant, update->update_id, Name(update->kind), now)) return;
    Apply(Intake{deps, tx, command, *snapshot, *update, now, settings::TenantKey(tx, command.tenant, deps.vault.keyring())});
  });
  QUITTANCE_CRASH_POINT("telegram.update.stored");
  co_return kOk;
}

}  // namespace quittance::subscriptions
