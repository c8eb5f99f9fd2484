// A PSP's memory of idempotency keys. Invariant: a key has one answer; it is forgotten after 24 hours of business time, as PSPs are free to
// do.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/http/server.h"

namespace quittance::sandbox {

inline constexpr std::int64_t kKeyLifeSeconds = 24 * 3600;

class Replays {
 public:
  enum class Kind { kNew, kReplay, kOther, kRunning };
  struct Claim {
    Kind kind;
    http::ServerResponse answer = {};  // of kReplay
  };

  // `scope` is the account. A new key is running until Remember or Forget.
  Claim Begin(const std::string& scope, const std::string& key, const std::string& fingerprint, std::int64_t now);
  void Remember(const std::string& scope, const std::string& key, http::ServerResponse answer);
  void Forget(const std::string& scope, const std::string& key);

 private:
  struct Row {
    std::string fingerprint;
    std::int64_t since;
    std::optional<http::ServerResponse> answer;
  };
  std::map<std::pair<std::string, std::string>, Row> rows_;
};

}  // namespace quittance::sandbox
