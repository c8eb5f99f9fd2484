// What the bot received and has to say: linked accounts, start tokens, updates, join requests, direct messages, the bot itself.
// Invariant: a row that waits for a call holds a lease, and only the lease's attempt ends it.
#pragma once

#include <span>

#include "services/subscriptions/domain/bot_text.h"
#include "services/subscriptions/store/memberships.h"

namespace quittance::subscriptions::store {

// --- linked accounts
void InsertLinkToken(db::Tx& tx, TenantId tenant, UserId user, std::string_view token_hash, TimePoint expires);
// The user of a live token, locked; it stays live until UseLinkToken.
std::optional<UserId> LockLinkToken(db::Tx& tx, TenantId tenant, std::string_view token_hash, TimePoint now);
void UseLinkToken(db::Tx& tx, TenantId tenant, std::string_view token_hash, TimePoint now);
// False: the account is another user's.
bool LinkAccount(db::Tx& tx, TenantId tenant, UserId user, const Sealed& account, TimePoint now);
std::optional<Sealed> FindAccountOfUser(db::Tx& tx, TenantId tenant, UserId user);
std::optional<UserId> FindUserOfAccount(db::Tx& tx, TenantId tenant, std::string_view account_index);

// --- updates. False: it was taken in before.
bool ClaimUpdate(db::Tx& tx, TenantId tenant, std::int64_t update_id, std::string_view kind, TimePoint now);

// --- join requests
struct JoinRequest {
  TenantId tenant;
  Uuid id;
  std::string channel;
  Sealed chat;
  Sealed account;
  std::string reply_chat;  // sealed for this row
  std::string locale;      // of the person, as Telegram says
  TimePoint requested_at;
  std::int64_t attempt = 0;
  int tries = 0;
};
void InsertJoinRequest(db::Tx& tx, const JoinRequest& request);
std::vector<JoinRequest> ClaimDueJoinRequests(db::Tx& tx, TimePoint now, int limit);
// Deletes it; false: the lease was lost.
bool EndJoinRequest(db::Tx& tx, const JoinRequest& request);
void DelayJoinRequest(db::Tx& tx, const JoinRequest& request, TimePoint next, int tries);

// --- direct messages
struct Message {
  TenantId tenant;
  Uuid id;
  BotText text;
  std::string locale;
  std::string argument;
  std::string chat;  // sealed for this row
  TimePoint expires;
  std::int64_t attempt = 0;
  int tries = 0;
};
void InsertMessage(db::Tx& tx, const Message& message, TimePoint now);
std::vector<Message> ClaimDueMessages(db::Tx& tx, TimePoint now, int limit);
void EndMessage(db::Tx& tx, const Message& message);
void DelayMessage(db::Tx& tx, const Message& message, TimePoint next, int tries);

// --- the bot
void PauseBot(db::Tx& tx, TenantId tenant, std::chrono::seconds real_time);
std::string FindBotName(db::Tx& tx, TenantId tenant);
void SaveBotName(db::Tx& tx, TenantId tenant, std::string_view username);

// Drops what is past its use, at most `limit` rows of each kind; how many went.
int PurgeTelegram(db::Tx& tx, TimePoint now, int limit);

}  // namespace quittance::subscriptions::store
