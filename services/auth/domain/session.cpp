// The table of refresh rotation, row by row.
#include "services/auth/domain/session.h"

#include <algorithm>

namespace quittance::auth {

RefreshVerdict DecideRefresh(const Session& family, const FamilyToken& presented, const std::optional<FamilyToken>& successor,
                             TimePoint now) {
  if (family.revoked || now >= family.expires || now >= presented.expires) return RefreshVerdict::kRefuse;
  switch (presented.state) {
    case FamilyToken::State::kActive:
      return RefreshVerdict::kRotate;
    case FamilyToken::State::kRevoked:
      return RefreshVerdict::kRefuse;
    case FamilyToken::State::kUsed: {
      // A successor that is still active was never presented; and only the immediate parent has the active token as its successor.
      const bool untouched = successor && presented.successor == successor->id && successor->state == FamilyToken::State::kActive;
      const bool soon = presented.used && now < *presented.used + kRepeatWindow;
      return untouched && soon ? RefreshVerdict::kRepeat : RefreshVerdict::kReuse;
    }
  }
  return RefreshVerdict::kRefuse;
}

TimePoint RefreshExpiry(const Session& family, TimePoint now) { return std::min(family.expires, now + kRefreshTokenLife); }

}  // namespace quittance::auth
