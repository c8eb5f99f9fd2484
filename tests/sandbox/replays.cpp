// The body of replays.h; the invariant it keeps stands there.
#include "tests/sandbox/replays.h"

namespace quittance::sandbox {

Replays::Claim Replays::Begin(const std::string& scope, const std::string& key, const std::string& fingerprint, std::int64_t now) {
  const auto found = rows_.find({scope, key});
  if (found != rows_.end() && found->second.answer && now - found->second.since >= kKeyLifeSeconds) rows_.erase(found);
  const auto [row, is_new] = rows_.try_emplace({scope, key}, Row{fingerprint, now, std::nullopt});
  if (is_new) return {Kind::kNew};
  if (row->second.fingerprint != fingerprint) return {Kind::kOther};
  if (!row->second.answer) return {Kind::kRunning};
  return {Kind::kReplay, *row->second.answer};
}

void Replays::Remember(const std::string& scope, const std::string& key, http::ServerResponse answer) {
  const auto row = rows_.find({scope, key});
  if (row != rows_.end()) row->second.answer = std::move(answer);
}

void Replays::Forget(const std::string& scope, const std::string& key) { rows_.erase({scope, key}); }

}  // namespace quittance::sandbox
