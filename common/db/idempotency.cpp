// The SQL of idempotency keys. The insert arbitrates, never a look-up before it; whoever loses looks in a second statement, because the one
// that lost cannot see the winner's row. Invariant: all keys of a transaction are taken in one order.
#include "common/db/idempotency.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

#include "common/core/check.h"
#include "common/db/connection.h"

namespace quittance::db {

namespace {

const int kSecretReplayMinutes = static_cast<int>(kSecretReplayTime.count());
constexpr int kClaimRoundsMax = 3;  // a key that is neither ours nor there was purged in between

ReplySealer& Sealer() {
  static ReplySealer sealer;
  return sealer;
}

using Key = std::tuple<TenantId, std::string_view, std::string_view, std::string_view>;
Key KeyOf(const IdempotentCall& call) { return {call.tenant, call.principal, call.method, call.key}; }

Bytes FingerprintBytes(const IdempotentCall& call) { return {std::string(call.fingerprint.begin(), call.fingerprint.end())}; }

KeyState StateOf(const Row& row, const IdempotentCall& call) {
  if (row.Get<Bytes>("fingerprint").data != FingerprintBytes(call).data) return {KeyState::Kind::kReused, std::nullopt, {}};
  const Uuid resource = row.Get<Uuid>("resource_id");
  if (row.IsNull("reply")) return {KeyState::Kind::kRunning, std::nullopt, resource};
  Reply reply{.bytes = row.Get<Bytes>("reply").data, .secret_bytes = "", .replayed = true};
  if (!row.IsNull("secret_reply")) {
    CHECK(Sealer().open);
    reply.secret_bytes = Sealer().open(call.tenant, row.Get<Bytes>("secret_reply").data);
  }
  return {KeyState::Kind::kReplay, std::move(reply), resource};
}

// A reply as its columns hold it; the secret one is sealed.
struct StoredReply {
  StoredReply(TenantId tenant, const Reply& reply) : bytes(Bytes{reply.bytes}) {
    if (reply.bytes.size() > kReplyBytesMax) throw std::length_error("a reply is too long to be kept under its key");
    if (reply.secret_bytes.empty()) return;
    CHECK(Sealer().seal);
    secret = Bytes{Sealer().seal(tenant, reply.secret_bytes)};
  }
  Param bytes;
  Param secret = std::nullopt;
};

// The columns of some calls as array parameters.
struct KeyColumns {
  KeyColumns(std::span<const IdempotentCall> calls, const std::vector<std::size_t>& chosen) {
    const auto column = [&](auto member) { return ArrayOf(chosen, [&](std::size_t i) { return Param(member(calls[i])); }); };
    tenants = column([](const IdempotentCall& call) { return call.tenant; });
    principals = column([](const IdempotentCall& call) { return call.principal; });
    methods = column([](const IdempotentCall& call) { return call.method; });
    keys = column([](const IdempotentCall& call) { return call.key; });
  }
  std::string tenants, principals, methods, keys;
};

// The first call with each key, in the order of the keys.
std::vector<std::size_t> DistinctSorted(std::span<const IdempotentCall> calls) {
  std::map<Key, std::size_t> first;
  for (std::size_t i = 0; i < calls.size(); ++i) first.emplace(KeyOf(calls[i]), i);
  std::vector<std::size_t> order;
  for (const auto& [key, index] : first) order.push_back(index);
  return order;
}

std::vector<std::size_t> InsertKeys(Tx& tx, std::span<const IdempotentCall> calls, std::span<const Uuid> resources,
                                    std::span<const std::optional<Reply>> replies, const std::vector<std::size_t>& chosen) {
  const KeyColumns columns(calls, chosen);
  const std::string fingerprints = ArrayOf(chosen, [&](std::size_t i) { return Param(FingerprintBytes(calls[i])); });
  const std::string ids = ArrayOf(chosen, [&](std::size_t i) { return Param(resources[i]); });
  std::vector<Param> bytes(chosen.size(), std::nullopt);
  std::vector<Param> secrets(chosen.size(), std::nullopt);
  for (std::size_t n = 0; n < chosen.size(); ++n) {
    if (replies.empty() || !replies[chosen[n]]) continue;
    const StoredReply stored(calls[chosen[n]].tenant, *replies[chosen[n]]);
    bytes[n] = stored.bytes;
    secrets[n] = stored.secret;
  }
  const Rows claimed = tx.Exec(
      "INSERT INTO idempotency_keys (tenant_id, principal, method, key, fingerprint, resource_id, reply, secret_reply, secret_until)"
      " SELECT t, p, m, k, f, r, b, s, CASE WHEN s IS NOT NULL THEN now() + make_interval(mins => $9) END"
      " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::uuid[], $7::bytea[], $8::bytea[])"
      " WITH ORDINALITY AS new(t, p, m, k, f, r, b, s, n)"
      " ORDER BY n ON CONFLICT DO NOTHING RETURNING tenant_id, principal, method, key",
      columns.tenants, columns.principals, columns.methods, columns.keys, fingerprints, ids, Array(bytes), Array(secrets),
      kSecretReplayMinutes);
  std::map<Key, std::size_t> index;
  for (const std::size_t i : chosen) index.emplace(KeyOf(calls[i]), i);
  std::vector<std::size_t> mine;
  for (const Row row : claimed)
    mine.push_back(index.at({row.Get<TenantId>("tenant_id"), row.Text("principal"), row.Text("method"), row.Text("key")}));
  return mine;
}

// States of keys that somebody has claimed, by index; those that are not there are left out.
std::map<std::size_t, KeyState> LookUp(Tx& tx, std::span<const IdempotentCall> calls, const std::vector<std::size_t>& chosen) {
  const KeyColumns columns(calls, chosen);
  const Rows rows = tx.Exec(
      "SELECT n, fingerprint, resource_id, reply, CASE WHEN secret_until > now() THEN secret_reply END AS secret_reply"
      " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS asked(t, p, m, k, n)"
      " JOIN idempotency_keys ON tenant_id = t AND principal = p AND method = m AND key = k",
      columns.tenants, columns.principals, columns.methods, columns.keys);
  std::map<std::size_t, KeyState> states;
  for (const Row row : rows) {
    const std::size_t index = chosen.at(static_cast<std::size_t>(row.Get<std::int64_t>("n") - 1));
    states.emplace(index, StateOf(row, calls[index]));
  }
  return states;
}

// An equal key in the same batch: what its first holder's state means for it.
KeyState AsDuplicate(const KeyState& first, const IdempotentCall& first_call, const IdempotentCall& call) {
  const bool first_reused = first.kind == KeyState::Kind::kReused;
  if (!first_reused && first_call.fingerprint != call.fingerprint) return {KeyState::Kind::kReused, std::nullopt, {}};
  if (first.kind == KeyState::Kind::kClaimed) return {KeyState::Kind::kRunning, std::nullopt, first.resource};
  return first;
}

}  // namespace

void SetReplySealer(ReplySealer sealer) { Sealer() = std::move(sealer); }

Error KeyReused() { return Precondition(Reason::kIdempotencyKeyReused, "this request_id was used before with another request"); }

KeyState ClaimKey(Tx& tx, const IdempotentCall& call, const Uuid& resource) {
  return std::move(ClaimKeys(tx, std::span(&call, 1), std::span(&resource, 1)).front());
}

std::vector<KeyState> ClaimKeys(Tx& tx, std::span<const IdempotentCall> calls, std::span<const Uuid> resources,
                                std::span<const std::optional<Reply>> replies) {
  CHECK(calls.size() == resources.size() && (replies.empty() || replies.size() == calls.size()));
  std::map<std::size_t, KeyState> states;
  std::vector<std::size_t> open = DistinctSorted(calls);
  for (int round = 0; !open.empty(); ++round) {
    if (round == kClaimRoundsMax) throw RetryTransaction("an idempotency key comes and goes");
    for (const std::size_t i : InsertKeys(tx, calls, resources, replies, open))
      states.emplace(i, KeyState{KeyState::Kind::kClaimed, std::nullopt, resources[i]});
    std::erase_if(open, [&](std::size_t i) { return states.contains(i); });
    if (open.empty()) break;
    states.merge(LookUp(tx, calls, open));
    std::erase_if(open, [&](std::size_t i) { return states.contains(i); });
  }
  std::map<Key, std::size_t> first;
  for (const auto& [i, state] : states) first.emplace(KeyOf(calls[i]), i);
  std::vector<KeyState> answers;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const std::size_t holder = first.at(KeyOf(calls[i]));
    answers.push_back(holder == i ? states.at(i) : AsDuplicate(states.at(holder), calls[holder], calls[i]));
  }
  return answers;
}

std::optional<KeyState> FindKey(Tx& tx, const IdempotentCall& call) {
  auto states = LookUp(tx, std::span(&call, 1), {0});
  if (states.empty()) return std::nullopt;
  return std::move(states.begin()->second);
}

void ReleaseKeys(Tx& tx, std::span<const IdempotentCall> calls, std::span<const Uuid> resources) {
  CHECK(calls.size() == resources.size());
  if (calls.empty()) return;
  const std::vector<std::size_t> order = DistinctSorted(calls);
  const KeyColumns columns(calls, order);
  tx.Exec(
      "DELETE FROM idempotency_keys USING unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[]) AS refused(t, p, m, k, r)"
      " WHERE tenant_id = t AND principal = p AND method = m AND key = k AND resource_id = r",
      columns.tenants, columns.principals, columns.methods, columns.keys,
      ArrayOf(order, [&](std::size_t i) { return Param(resources[i]); }));
}

void FinishKeys(Tx& tx, std::span<const FinishedKey> finished) {
  if (finished.empty()) return;
  std::vector<Param> bytes, secrets;
  for (const auto& each : finished) {
    const StoredReply stored(each.tenant, each.reply);
    bytes.push_back(stored.bytes);
    secrets.push_back(stored.secret);
  }
  tx.Exec(
      "UPDATE idempotency_keys SET reply = b, secret_reply = s, secret_until = CASE WHEN s IS NOT NULL THEN now() + make_interval(mins => "
      "$5) END FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[]) AS finished(t, r, b, s) WHERE tenant_id = t AND resource_id = "
      "r AND reply IS NULL",
      ArrayOf(finished, [](const FinishedKey& each) { return each.tenant; }),
      ArrayOf(finished, [](const FinishedKey& each) { return each.resource; }), Array(bytes), Array(secrets), kSecretReplayMinutes);
}

void FinishCall(Tx& tx, const IdempotentCall& call, const Reply& reply) {
  const StoredReply stored(call.tenant, reply);
  tx.Exec(
      "UPDATE idempotency_keys SET reply = $5::bytea, secret_reply = $6::bytea, secret_until = CASE WHEN $6::bytea IS NOT NULL THEN now() "
      "+ make_interval(mins => $7) END"
      " WHERE tenant_id = $1 AND principal = $2 AND method = $3 AND key = $4 AND reply IS NULL",
      call.tenant, call.principal, call.method, call.key, stored.bytes, stored.secret, kSecretReplayMinutes);
}

}  // namespace quittance::db
