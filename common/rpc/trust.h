// What a process knows of tokens: public keys, revocations, tenants. Polled from auth every 15 s and kept in this process's own database,
// so that tokens verify while auth is down. Invariant: fails closed: no key, no entry; staleness shows in readiness and on a metric.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.h"
#include "common/core/caller.h"
#include "common/core/time.h"
#include "common/crypto/jwt.h"

namespace quittance::rpc {

struct TenantInfo {
  TenantId id;
  std::string code;
  std::string display_name;
  std::string locale;
  std::string time_zone;
  bool maintenance = false;                       // only operators and ingest get through
  std::vector<std::string> allowed_origins = {};  // of browsers
  int calls_per_minute = 0;                       // of each service account; 0: the platform's
};

struct RevocationInfo {
  std::optional<TenantId> tenant;
  std::string subject;  // empty: whole tenant
  std::string session;  // set: this session
  std::int64_t min_epoch = 0;
  TimePoint expires{};
};

// The answer of one poll. Auth itself fills it from its own tables; the others from PollTrust.
struct TrustUpdate {
  std::string cursor;
  std::map<std::string, std::string> keys;  // kid -> public key; always whole
  std::vector<RevocationInfo> revocations;
  std::vector<TenantInfo> tenants;
};

// Where updates come from: a network we reach (auth's rpc) or auth's own tables.
using TrustSource = std::function<Task<TrustUpdate>(std::string cursor)>;

class Trust;  // trust_poll.h; made by the edge. Look-ups:

// By code or id; a miss polls once (at most once a second for the process). A Fault where auth could not be asked: nobody knows then
// whether there is such a tenant.
Task<std::optional<TenantInfo>> FindTenant(Trust& trust, std::string code);
std::optional<TenantInfo> TenantById(const Trust& trust, TenantId id);

}  // namespace quittance::rpc
