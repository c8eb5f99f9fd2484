// The port to other people's OpenID issuers (Google, Apple, anybody's): metadata and key sets by HTTP, kept. Invariant: keys come only from
// the issuer that the tenant's setting names, over TLS and from public addresses (in the dev profile also over plain HTTP and from a
// neighbour), and an unknown kid asks again at most every 30 s.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/async/task.h"
#include "common/core/clock.h"
#include "common/core/result.h"
#include "common/crypto/id_token.h"
#include "common/http/client.h"

namespace quittance::auth {

inline constexpr std::chrono::hours kIssuerKeysFresh{1};    // then they are asked for again
inline constexpr std::chrono::hours kIssuerKeysUsable{24};  // while the issuer cannot be reached
inline constexpr std::chrono::seconds kIssuerAskPause{30};  // between two questions for one issuer
inline constexpr std::chrono::seconds kIssuerDownPause{5};  // after a question without an answer, while no keys are known
inline constexpr std::chrono::milliseconds kIssuerTimeout{5000};

using IssuerKeys = std::shared_ptr<const std::vector<crypto::IssuerKey>>;

class Issuers {
 public:
  Issuers(http::Client& http, bool neighbours) : http_(http), neighbours_(neighbours) {}

  // The issuer's keys; asked for anew where `kid` is not among them. UNAVAILABLE while there are none.
  Task<Result<IssuerKeys>> Keys(std::string issuer, std::string kid);

 private:
  struct Entry {
    IssuerKeys keys;
    std::chrono::steady_clock::time_point heard{};
    std::chrono::steady_clock::time_point asked{};
    std::chrono::steady_clock::time_point failed{};
  };
  Task<IssuerKeys> Ask(std::string issuer);  // nullptr: no answer that counts
  Task<std::string> Get(std::string url);    // empty: none

  http::Client& http_;
  const bool neighbours_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

// The rule that a setting oidc.*.issuer breaks, or nullopt.
std::optional<std::string> CheckIssuerSetting(std::string_view value);

}  // namespace quittance::auth
