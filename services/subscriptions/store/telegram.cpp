// SQL of the bot's tables.
#include "services/subscriptions/store/telegram.h"

#include <stdexcept>

namespace quittance::subscriptions::store {
namespace {

constexpr std::int64_t kLeaseSeconds = 60;
constexpr std::chrono::hours kUpdatesKept{30 * 24};  // Telegram gives up after 23 h
constexpr std::chrono::hours kTokensKept{24};        // after their end

db::Bytes Blob(std::string_view bytes) { return db::Bytes{std::string(bytes)}; }

BotText ParseText(std::string_view name) {
  for (const BotText text : kBotTexts) {
    if (subscriptions::Name(text) == name) return text;
  }
  throw std::runtime_error("unknown stored text: " + std::string(name));
}

}  // namespace

void InsertLinkToken(db::Tx& tx, TenantId tenant, UserId user, std::string_view token_hash, TimePoint expires) {
  tx.Exec("INSERT INTO telegram_link_tokens (tenant_id, token_hash, user_id, expires_at) VALUES ($1, $2, $3, $4)", tenant, Blob(token_hash),
          user, expires);
}

std::optional<UserId> LockLinkToken(db::Tx& tx, TenantId tenant, std::string_view token_hash, TimePoint now) {
  const auto rows = tx.Exec(
      "SELECT user_id FROM telegram_link_tokens WHERE tenant_id = $1 AND token_hash = $2 AND used_at IS NULL AND expires_at > $3 FOR "
      "UPDATE",
      tenant, Blob(token_hash), now);
  if (rows.empty()) return std::nullopt;
  return rows.front().Get<UserId>("user_id");
}

void UseLinkToken(db::Tx& tx, TenantId tenant, std::string_view token_hash, TimePoint now) {
  tx.Exec("UPDATE telegram_link_tokens SET used_at = $3 WHERE tenant_id = $1 AND token_hash = $2", tenant, Blob(token_hash), now);
}

bool LinkAccount(db::Tx& tx, TenantId tenant, UserId user, const Sealed& account, TimePoint now) {
  const auto rows =
      tx.Exec("SELECT user_id FROM telegram_accounts WHERE tenant_id = $1 AND account_index = $2 FOR UPDATE", tenant, Blob(account.index));
  if (!rows.empty()) return rows.front().Get<UserId>("user_id") == user;
  tx.Exec(
      "INSERT INTO telegram_accounts (tenant_id, user_id, account, account_index, linked_at) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (tenant_id, user_id) DO UPDATE SET account = excluded.account, account_index = excluded.account_index, linked_at = "
      "excluded.linked_at",
      tenant, user, Blob(account.bytes), Blob(account.index), now);
  return true;
}

std::optional<Sealed> FindAccountOfUser(db::Tx& tx, TenantId tenant, UserId user) {
  const auto rows = tx.Exec("SELECT account, account_index FROM telegram_accounts WHERE tenant_id = $1 AND user_id = $2", tenant, user);
  if (rows.empty()) return std::nullopt;
  return Sealed{rows.front().Get<db::Bytes>("account").data, rows.front().Get<db::Bytes>("account_index").data};
}

std::optional<UserId> FindUserOfAccount(db::Tx& tx, TenantId tenant, std::string_view account_index) {
  const auto rows =
      tx.Exec("SELECT user_id FROM telegram_accounts WHERE tenant_id = $1 AND account_index = $2", tenant, Blob(account_index));
  if (rows.empty()) return std::nullopt;
  return rows.front().Get<UserId>("user_id");
}

bool ClaimUpdate(db::Tx& tx, TenantId tenant, std::int64_t update_id, std::string_view kind, TimePoint now) {
  return tx.Exec("INSERT INTO telegram_updates (tenant_id, update_id, kind, received_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                 tenant, update_id, kind, now)
             .affected() == 1;
}

void InsertJoinRequest(db::Tx& tx, const JoinRequest& request) {
  tx.Exec(
      "INSERT INTO telegram_join_requests (tenant_id, id, channel, chat, chat_index, account, account_index, reply_chat, locale, "
      "requested_at, next_attempt_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
      request.tenant, request.id, request.channel, Blob(request.chat.bytes), Blob(request.chat.index), Blob(request.account.bytes),
      Blob(request.account.index), Blob(request.reply_chat), request.locale, request.requested_at);
}

std::vector<JoinRequest> ClaimDueJoinRequests(db::Tx& tx, TimePoint now, int limit) {
  std::vector<JoinRequest> requests;
  for (const auto row :
       tx.Exec("WITH due AS MATERIALIZED (SELECT r.tenant_id, r.id FROM telegram_join_requests r WHERE r.next_attempt_at <= $1 AND "
               "(r.lease_until IS NULL OR r.lease_until < now()) AND NOT EXISTS (SELECT 1 FROM telegram_bots b WHERE b.tenant_id = "
               "r.tenant_id AND b.paused_until > now()) ORDER BY r.next_attempt_at LIMIT $2 FOR UPDATE OF r SKIP LOCKED) UPDATE "
               "telegram_join_requests r SET attempt = r.attempt + 1, lease_until = now() + make_interval(secs => $3) FROM due WHERE "
               "r.tenant_id = due.tenant_id AND r.id = due.id RETURNING r.*",
               now, limit, kLeaseSeconds)) {
    requests.push_back({.tenant = row.Get<TenantId>("tenant_id"),
                        .id = row.Get<Uuid>("id"),
                        .channel = row.Get<std::string>("channel"),
                        .chat = {row.Get<db::Bytes>("chat").data, row.Get<db::Bytes>("chat_index").data},
                        .account = {row.Get<db::Bytes>("account").data, row.Get<db::Bytes>("account_index").data},
                        .reply_chat = row.Get<db::Bytes>("reply_chat").data,
                        .locale = row.Get<std::string>("locale"),
                        .requested_at = row.Get<TimePoint>("requested_at"),
                        .attempt = row.Get<std::int64_t>("attempt"),
                        .tries = row.Get<int>("tries")});
  }
  return requests;
}

bool EndJoinRequest(db::Tx& tx, const JoinRequest& request) {
  return tx.Exec("DELETE FROM telegram_join_requests WHERE tenant_id = $1 AND id = $2 AND attempt = $3", request.tenant, request.id,
                 request.attempt)
             .affected() == 1;
}

void DelayJoinRequest(db::Tx& tx, const JoinRequest& request, TimePoint next, int tries) {
  tx.Exec(
      "UPDATE telegram_join_requests SET next_attempt_at = $4, tries = $5, lease_until = NULL WHERE tenant_id = $1 AND id = $2 AND attempt "
      "= $3",
      request.tenant, request.id, request.attempt, next, tries);
}

void InsertMessage(db::Tx& tx, const Message& message, TimePoint now) {
  tx.Exec(
      "INSERT INTO telegram_messages (tenant_id, id, text, locale, argument, chat, expires_at, next_attempt_at) VALUES ($1, $2, $3, $4, "
      "$5, $6, $7, $8)",
      message.tenant, message.id, subscriptions::Name(message.text), message.locale, message.argument, Blob(message.chat), message.expires,
      now);
}

std::vector<Message> ClaimDueMessages(db::Tx& tx, TimePoint now, int limit) {
  std::vector<Message> messages;
  for (const auto row :
       tx.Exec("WITH due AS MATERIALIZED (SELECT r.tenant_id, r.id FROM telegram_messages r WHERE r.next_attempt_at <= $1 AND "
               "(r.lease_until IS NULL OR r.lease_until < now()) AND NOT EXISTS (SELECT 1 FROM telegram_bots b WHERE b.tenant_id = "
               "r.tenant_id AND b.paused_until > now()) ORDER BY r.next_attempt_at LIMIT $2 FOR UPDATE OF r SKIP LOCKED) UPDATE "
               "telegram_messages r SET attempt = r.attempt + 1, lease_until = now() + make_interval(secs => $3) FROM due WHERE "
               "r.tenant_id = due.tenant_id AND r.id = due.id RETURNING r.*",
               now, limit, kLeaseSeconds)) {
    messages.push_back({.tenant = row.Get<TenantId>("tenant_id"),
                        .id = row.Get<Uuid>("id"),
                        .text = ParseText(row.Text("text")),
                        .locale = row.Get<std::string>("locale"),
                        .argument = row.Get<std::string>("argument"),
                        .chat = row.Get<db::Bytes>("chat").data,
                        .expires = row.Get<TimePoint>("expires_at"),
                        .attempt = row.Get<std::int64_t>("attempt"),
                        .tries = row.Get<int>("tries")});
  }
  return messages;
}

void EndMessage(db::Tx& tx, const Message& message) {
  tx.Exec("DELETE FROM telegram_messages WHERE tenant_id = $1 AND id = $2 AND attempt = $3", message.tenant, message.id, message.attempt);
}

void DelayMessage(db::Tx& tx, const Message& message, TimePoint next, int tries) {
  tx.Exec(
      "UPDATE telegram_messages SET next_attempt_at = $4, tries = $5, lease_until = NULL WHERE tenant_id = $1 AND id = $2 AND attempt = $3",
      message.tenant, message.id, message.attempt, next, tries);
}

void PauseBot(db::Tx& tx, TenantId tenant, std::chrono::seconds real_time) {
  tx.Exec(
      "INSERT INTO telegram_bots (tenant_id, paused_until) VALUES ($1, now() + make_interval(secs => $2)) ON CONFLICT (tenant_id) DO "
      "UPDATE SET paused_until = greatest(telegram_bots.paused_until, excluded.paused_until)",
      tenant, std::int64_t{real_time.count()});
}

std::string FindBotName(db::Tx& tx, TenantId tenant) {
  const auto rows = tx.Exec("SELECT username FROM telegram_bots WHERE tenant_id = $1", tenant);
  return rows.empty() ? std::string() : rows.front().Get<std::string>("username");
}

void SaveBotName(db::Tx& tx, TenantId tenant, std::string_view username) {
  tx.Exec(
      "INSERT INTO telegram_bots (tenant_id, username) VALUES ($1, $2) ON CONFLICT (tenant_id) DO UPDATE SET username = excluded.username",
      tenant, username);
}

int PurgeTelegram(db::Tx& tx, TimePoint now, int limit) {
  const int updates =
      tx.Exec(
            "WITH old AS MATERIALIZED (SELECT tenant_id, update_id FROM telegram_updates WHERE received_at < $1 LIMIT $2 FOR UPDATE SKIP "
            "LOCKED) DELETE FROM telegram_updates u USING old WHERE u.tenant_id = old.tenant_id AND u.update_id = old.update_id",
            now - kUpdatesKept, limit)
          .affected();
  const int tokens =
      tx.Exec(
            "WITH old AS MATERIALIZED (SELECT tenant_id, token_hash FROM telegram_link_tokens WHERE expires_at < $1 LIMIT $2 FOR UPDATE "
            "SKIP LOCKED) DELETE FROM telegram_link_tokens t USING old WHERE t.tenant_id = old.tenant_id AND t.token_hash = old.token_hash",
            now - kTokensKept, limit)
          .affected();
  return updates + tokens;
}

}  // namespace quittance::subscriptions::store
