// From a bearer token to who calls. Invariant: revocations are looked at on every call; a verified token is remembered for 60 s at most and
// never past its end, under its SHA-256, in bounded memory.
#pragma once

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>

#include "common/core/clock.h"
#include "common/crypto/hmac.h"
#include "common/crypto/token_secrets.h"
#include "common/metrics/registry.h"
#include "common/rpc/trust_poll.h"

namespace quittance::rpc {

inline constexpr std::chrono::seconds kVerifiedFor{60};
inline constexpr std::size_t kVerifiedMax = 32'768;

// Who a token stands for; without what the edge adds (tenant_wide, client address).
using VerifiedCaller = std::shared_ptr<const Caller>;

class Tokens {
 public:
  // With secrets tokens verify under HS256 alone, without under ES256 alone.
  Tokens(std::string issuer, const Secret& secrets, Trust& trust, metrics::Registry& metrics, const Clock& clock);

  // UNAUTHENTICATED TOKEN_INVALID, or UNAVAILABLE as long as no key set was ever heard. An unknown key id asks auth once.
  Task<Result<VerifiedCaller>> Verify(std::string token);
  // The same of a token in the memory; nullopt: it has to be verified. Asked first, since most calls then wait for nothing.
  std::optional<Result<VerifiedCaller>> Known(std::string_view token);

 private:
  static constexpr std::uint64_t kNeverClear = ~std::uint64_t{0};
  struct Entry {
    crypto::Claims claims;
    VerifiedCaller caller;
    TimePoint until;  // its own end, or of the time that it is remembered
    std::uint64_t generation;
    mutable std::atomic<std::uint64_t> clear_at{kNeverClear};  // the revision at which it was not revoked
  };
  using Kept = std::shared_ptr<const Entry>;
  // A digest is as good as random already.
  struct FirstBytes {
    std::size_t operator()(const crypto::Digest& hash) const {
      std::size_t first = 0;
      std::memcpy(&first, hash.data(), sizeof first);
      return first;
    }
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<crypto::Digest, Kept, FirstBytes> entries;
  };

  // `state` becomes the one that the token was verified under.
  Task<Result<crypto::Claims>> Believe(const std::string& token, std::shared_ptr<const TrustState>& state, bool& time_only);
  Result<VerifiedCaller> Judge(const Entry& entry, const TrustState& state);
  // nullopt: not in the memory.
  std::optional<Result<VerifiedCaller>> Known(const crypto::Digest& hash);
  Kept Remembered(const crypto::Digest& hash, std::uint64_t generation, TimePoint now);
  void Remember(const crypto::Digest& hash, Kept entry);
  Shard& ShardOf(const crypto::Digest& hash) { return shards_[hash.back() % shards_.size()]; }
  Error Refused(std::string_view why);

  const std::string issuer_;
  const std::optional<crypto::TokenSecrets> secrets_;
  Trust& trust_;
  metrics::Registry& metrics_;
  const Clock& clock_;
  std::array<Shard, 16> shards_;
};

}  // namespace quittance::rpc
