// See reply_memory.h.
#include "common/db/reply_memory.h"

namespace quittance::db {
namespace {

std::string NameOf(const IdempotentCall& call) {
  std::string name = call.tenant.uuid.Hex();
  for (const std::string* part : {&call.principal, &call.method, &call.key}) name.append(1, '\0').append(*part);
  return name;
}

}  // namespace

std::optional<Reply> ReplyMemory::Find(const IdempotentCall& call) {
  const std::string name = NameOf(call);
  Shard& shard = ShardOf(name);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(name);
  if (found == shard.entries.end()) return std::nullopt;
  if (found->second.until <= std::chrono::steady_clock::now()) {
    shard.entries.erase(found);
    return std::nullopt;
  }
  if (found->second.fingerprint != call.fingerprint) return std::nullopt;
  return Reply{.bytes = found->second.bytes, .secret_bytes = "", .replayed = true};
}

void ReplyMemory::Put(const IdempotentCall& call, const Reply& reply) {
  if (!reply.secret_bytes.empty()) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  std::string name = NameOf(call);
  Shard& shard = ShardOf(name);
  const std::lock_guard lock(shard.mutex);
  if (shard.entries.size() >= kRepliesRememberedMax / shards_.size()) {
    std::erase_if(shard.entries, [&](const auto& row) { return row.second.until <= now; });
    if (shard.entries.size() >= kRepliesRememberedMax / shards_.size()) shard.entries.clear();  // the table knows them all
  }
  shard.entries.insert_or_assign(std::move(name), Entry{call.fingerprint, reply.bytes, now + kRememberedFor});
}

}  // namespace quittance::db
