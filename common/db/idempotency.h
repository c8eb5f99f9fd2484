// The idempotency key: claimed in the transaction of its effect. Invariant: same key and same request, same answer; other request, refused.
// Table idempotency_keys in every database (migrations/*/0001); kept 30 days.
#pragma once

#include <array>
#include <chrono>
#include <span>

#include "common/async/task.h"
#include "common/core/caller.h"
#include "common/db/tx.h"

namespace quittance::db {

// SHA-256 over operation, API version and each business field in fixed order (common/rpc/fingerprint.h).
using Fingerprint = std::array<std::uint8_t, 32>;

inline constexpr std::chrono::minutes kSecretReplayTime{10};
inline constexpr std::size_t kReplyBytesMax = 65'536;

struct IdempotentCall {
  TenantId tenant;
  std::string principal;  // the caller's subject
  std::string method;     // full rpc name
  std::string key;
  Fingerprint fingerprint{};
  SteadyTime deadline{};
};

// A resource's public state as it goes over the wire (a serialized response message, made by the service's events.cpp).
struct Reply {
  std::string bytes;
  // With a secret in it; sealed at rest, replayed for 10 minutes, then `bytes` (without the secret) is. Empty: no secret.
  std::string secret_bytes;
  bool replayed = false;
};

struct KeyState {
  enum class Kind { kClaimed, kReplay, kRunning, kReused };
  Kind kind;
  std::optional<Reply> reply;  // kReplay
  Uuid resource{};             // kRunning, kReplay
};

// Claims one key, or tells what it is. A racing duplicate waits for the first one's commit (unique index).
KeyState ClaimKey(Tx& tx, const IdempotentCall& call, const Uuid& resource);

// The same for a batch, in one statement, keys sorted so that two batches cannot deadlock. Equal keys in one batch: the first claims, the
// others are kRunning with the same resource. calls[i] belongs to resources[i] and, where `replies` are given, to replies[i]: a reply that
// is known before the work is done is stored with the claim, which spares the row a second version.
std::vector<KeyState> ClaimKeys(Tx& tx, std::span<const IdempotentCall> calls, std::span<const Uuid> resources,
                                std::span<const std::optional<Reply>> replies = {});

// A refused item of a batch gives the key back that it claimed for resources[i], in the same transaction.
void ReleaseKeys(Tx& tx, std::span<const IdempotentCall> calls, std::span<const Uuid> resources);

// Stores the reply of each key that was claimed for `resource`, once; a reply that is there stays. No key (janitor's own work): nothing
// happens.
struct FinishedKey {
  TenantId tenant;
  Uuid resource;
  Reply reply;
};
void FinishKeys(Tx& tx, std::span<const FinishedKey> finished);
inline void FinishKey(Tx& tx, TenantId tenant, const Uuid& resource, const Reply& reply) {
  const FinishedKey one{tenant, resource, reply};
  FinishKeys(tx, std::span(&one, 1));
}

// Stores the reply under the call's own key: for effects that end in the transaction that claimed it (Once).
void FinishCall(Tx& tx, const IdempotentCall& call, const Reply& reply);

// What the key is now, without claiming it; nullopt if nobody has claimed it.
std::optional<KeyState> FindKey(Tx& tx, const IdempotentCall& call);

Error KeyReused();

// Seals secret replies; set once at start-up by the service (common/crypto envelope). Without it a secret reply is a bug.
struct ReplySealer {
  std::function<std::string(TenantId, std::string_view)> seal;
  std::function<std::string(TenantId, std::string_view)> open;
};
void SetReplySealer(ReplySealer sealer);

}  // namespace quittance::db
