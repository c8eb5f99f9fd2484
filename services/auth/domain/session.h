// Sessions and their family of refresh tokens: what a presented token may do. Pure; the use case holds the family's row lock.
// Invariant: a family has at most one active token; a token that was spent and is not the immediate parent of a successor nobody has
// presented yet ends the family.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/id.h"
#include "common/core/time.h"

namespace quittance::auth {

inline constexpr Duration kAccessTokenLife = std::chrono::minutes(30);
inline constexpr Duration kSessionLife = std::chrono::days(30);         // absolute, from the login
inline constexpr Duration kRefreshTokenLife = std::chrono::days(14);    // without use
inline constexpr Duration kRepeatWindow = std::chrono::seconds(30);     // a lost answer may be asked for again
inline constexpr Duration kRevocationLeeway = std::chrono::minutes(1);  // clocks of verifiers may differ by it
inline constexpr int kSessionsPerUserMax = 50;                          // the oldest ends when one more begins

struct Session {
  TenantId tenant;
  SessionId id;
  UserId user;
  std::vector<std::string> scopes;    // of the login, sorted: a refresh may narrow them, never widen
  std::vector<std::string> amr = {};  // how its person proved who they are
  std::int64_t epoch = 0;             // below the person's or the tenant's: it is over
  TimePoint created{};
  TimePoint authenticated{};  // when they proved it
  TimePoint expires{};
  bool revoked = false;
};

struct FamilyToken {
  enum class State { kActive, kUsed, kRevoked };
  Uuid id;
  State state = State::kActive;
  std::optional<TimePoint> used;
  std::optional<Uuid> successor;
  TimePoint expires{};
};

enum class RefreshVerdict {
  kRotate,  // spend it, make a successor
  kRepeat,  // give the same successor again
  kReuse,   // stolen or lost: end the family
  kRefuse,  // nothing changes
};

// `successor`: the token that the presented one was spent for, if it was.
RefreshVerdict DecideRefresh(const Session& family, const FamilyToken& presented, const std::optional<FamilyToken>& successor,
                             TimePoint now);

// When a token made now stops working without use.
TimePoint RefreshExpiry(const Session& family, TimePoint now);

}  // namespace quittance::auth
