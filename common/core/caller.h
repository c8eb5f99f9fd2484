// Who calls, and what caused a change. Made by common/rpc from a verified token; use cases decide with it, store and events record it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/id.h"
#include "common/core/time.h"

namespace quittance {

struct Caller {
  enum class Kind { kAnonymous, kUser, kServiceAccount };

  Kind kind = Kind::kAnonymous;
  TenantId tenant{};                 // zero for anonymous callers
  std::string subject;               // usr_… or svc_…; empty for anonymous callers
  std::optional<UserId> user;        // set for users
  std::optional<SessionId> session;  // set for users
  std::vector<std::string> scopes;
  std::optional<TimePoint> authenticated;  // users: when they proved who they are
  bool second_factor = false;              // users: with a second factor
  bool tenant_wide = false;                // one of the method's scopes is held: the whole tenant is visible; else only what is their own
  std::string client_address_hash;         // keyed, daily; never the address

  bool HasScope(std::string_view scope) const;
};

// Something this caller may not see and something that does not exist look alike to a user; a tenant-wide caller is told NOT_FOUND.
Error Missing(const Caller& caller, std::string_view field);

// Whose thing a command is about: `requested` for tenant-wide callers (required), the caller for users (who may name only themselves).
Result<UserId> ActOn(const Caller& caller, std::string_view requested, std::string_view field);

// What a change is recorded under: audit actor and W3C trace context.
struct Cause {
  std::string actor;        // svc_…, usr_…, `psp:stripe`, `system:<job>`
  std::string traceparent;  // empty or a W3C traceparent
};

}  // namespace quittance
