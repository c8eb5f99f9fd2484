// Verification and its memory. Why a token was refused is told to the metric and the log, never to the caller.
#include "common/rpc/tokens.h"

#include <algorithm>

#include "common/core/check.h"
#include "common/crypto/hmac.h"

namespace quittance::rpc {

namespace {

constexpr std::size_t kTokenBytesMax = 8192;

std::vector<std::string> SplitScopes(std::string_view text) {
  std::vector<std::string> scopes;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) scopes.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return scopes;
}

// nullptr for claims that name nobody of ours.
VerifiedCaller CallerOf(const crypto::Claims& claims) {
  auto caller = std::make_shared<Caller>();
  const auto tenant = TenantId::Parse(claims.tenant, "tid");
  if (!tenant) return nullptr;
  caller->tenant = *tenant;
  caller->subject = claims.subject;
  caller->scopes = SplitScopes(claims.scope);
  if (const auto user = UserId::Parse(claims.subject, "sub")) {
    const auto session = SessionId::Parse(claims.session, "sid");
    if (!session) return nullptr;
    caller->kind = Caller::Kind::kUser;
    caller->user = *user;
    caller->session = *session;
    caller->authenticated = claims.authenticated;
    caller->second_factor = std::find(claims.amr.begin(), claims.amr.end(), "mfa") != claims.amr.end();
    return caller;
  }
  if (!ServiceAccountId::Parse(claims.subject, "sub")) return nullptr;
  caller->kind = Caller::Kind::kServiceAccount;
  return caller;
}

}  // namespace

Tokens::Tokens(std::string issuer, const Secret& secrets, Trust& trust, metrics::Registry& metrics, const Clock& clock)
    : issuer_(std::move(issuer)), secrets_(crypto::TokenSecrets::Parse(secrets)), trust_(trust), metrics_(metrics), clock_(clock) {
  CHECK(secrets.empty() == !secrets_);  // read by service::ReadBase
  for (const char* why : {"invalid", "expired", "time", "revoked", "missing", "repeated"}) {
    metrics_.GetCounter("quittance_auth_failures_total", "Calls refused for their token.", {{"reason", why}});
  }
}

Error Tokens::Refused(std::string_view why) {
  metrics_.GetCounter("quittance_auth_failures_total", "Calls refused for their token.", {{"reason", std::string(why)}}).Add();
  return Unauthenticated(Reason::kTokenInvalid, "the token is missing, malformed, expired, revoked or of an unknown key");
}

std::optional<Result<VerifiedCaller>> Tokens::Known(std::string_view token) {
  if (token.empty() || token.size() > kTokenBytesMax) return std::nullopt;
  return Known(crypto::Sha256(token));
}

std::optional<Result<VerifiedCaller>> Tokens::Known(const crypto::Digest& hash) {
  const auto state = trust_.state();
  const Kept entry = Remembered(hash, state->generation(), clock_.Now());
  if (entry == nullptr) return std::nullopt;
  return Judge(*entry, *state);
}

Task<Result<VerifiedCaller>> Tokens::Verify(std::string token) {
  if (token.empty()) co_return Refused("missing");
  if (token.size() > kTokenBytesMax) co_return Refused("invalid");
  const crypto::Digest hash = crypto::Sha256(token);
  if (auto known = Known(hash)) co_return *std::move(known);

  std::shared_ptr<const TrustState> state = trust_.state();
  bool time_only = false;
  auto claims = co_await Believe(token, state, time_only);
  // A secret verifies without auth, but what was revoked nobody knows before it was heard.
  if (state->keys().empty() && (secrets_ || !claims.ok())) co_return Unavailable("the keys that verify tokens are not known yet");
  if (!claims.ok()) co_return Refused(time_only ? "time" : "invalid");
  VerifiedCaller caller = CallerOf(*claims);
  if (caller == nullptr) co_return Refused("invalid");
  const TimePoint now = clock_.Now();
  if (now >= claims->expires) co_return Refused("expired");
  const TimePoint until = std::min(claims->expires, now + kVerifiedFor);
  const Kept entry(new Entry{*std::move(claims), std::move(caller), until, state->generation()});
  Result<VerifiedCaller> judged = Judge(*entry, *state);
  if (judged.ok()) Remember(hash, entry);
  co_return judged;
}

// An unknown key is asked for once; a secret is known from the start or not at all.
Task<Result<crypto::Claims>> Tokens::Believe(const std::string& token, std::shared_ptr<const TrustState>& state, bool& time_only) {
  if (secrets_) co_return crypto::VerifyToken(token, *secrets_, issuer_, clock_.Now(), &time_only);
  bool unknown_key = false;
  const crypto::KeyLookup keys = [&](std::string_view kid) -> std::optional<std::string> {
    const auto found = state->keys().find(std::string(kid));
    unknown_key = found == state->keys().end();
    return unknown_key ? std::nullopt : std::optional(found->second);
  };
  auto claims = crypto::VerifyToken(token, keys, issuer_, clock_.Now(), &time_only);
  if (!claims.ok() && unknown_key) {
    co_await trust_.Refresh();
    state = trust_.state();
    claims = crypto::VerifyToken(token, keys, issuer_, clock_.Now(), &time_only);
  }
  co_return claims;
}

Result<VerifiedCaller> Tokens::Judge(const Entry& entry, const TrustState& state) {
  if (entry.clear_at.load(std::memory_order_relaxed) == state.revision()) return entry.caller;
  if (state.Revoked(entry.claims)) return Refused("revoked");
  entry.clear_at.store(state.revision(), std::memory_order_relaxed);
  return entry.caller;
}

Tokens::Kept Tokens::Remembered(const crypto::Digest& hash, std::uint64_t generation, TimePoint now) {
  Shard& shard = ShardOf(hash);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(hash);
  if (found == shard.entries.end()) return nullptr;
  if (found->second->generation == generation && now < found->second->until) return found->second;
  shard.entries.erase(found);
  return nullptr;
}

void Tokens::Remember(const crypto::Digest& hash, Kept entry) {
  Shard& shard = ShardOf(hash);
  const std::lock_guard lock(shard.mutex);
  if (shard.entries.size() >= kVerifiedMax / shards_.size()) {
    const TimePoint now = clock_.Now();
    std::erase_if(shard.entries, [&](const auto& row) { return row.second->until <= now; });
    if (shard.entries.size() >= kVerifiedMax / shards_.size())
      shard.entries.clear();  // verifying again costs 100 us each, memory costs more
  }
  shard.entries.insert_or_assign(hash, std::move(entry));
}

}  // namespace quittance::rpc
