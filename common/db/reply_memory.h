// Replies that this process has lately stored or read, by their keys: a call that comes again soon is answered without the database.
// Invariant: a stored reply never changes, so only one whose commit is known is kept, for kRememberedFor at most, in bounded memory, and
// never one with a secret. Another request under the key is left to the table, which refuses it.
#pragma once

#include <mutex>
#include <unordered_map>

#include "common/db/idempotency.h"

namespace quittance::db {

inline constexpr std::chrono::seconds kRememberedFor{60};
inline constexpr std::size_t kRepliesRememberedMax = 32'768;  // about 20 MB

class ReplyMemory {
 public:
  std::optional<Reply> Find(const IdempotentCall& call);
  void Put(const IdempotentCall& call, const Reply& reply);

 private:
  struct Entry {
    Fingerprint fingerprint;
    std::string bytes;
    SteadyTime until;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Entry> entries;
  };
  Shard& ShardOf(const std::string& name) { return shards_[std::hash<std::string>()(name) % shards_.size()]; }

  std::array<Shard, 16> shards_;
};

}  // namespace quittance::db
