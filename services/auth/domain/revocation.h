// Something that ended before its access tokens did. Exactly one of `session` and `min_epoch` is set.
#pragma once

#include <optional>
#include <string>

#include "common/core/id.h"
#include "common/core/time.h"

namespace quittance::auth {

struct Revocation {
  TenantId tenant;
  std::string subject;  // usr_… or svc_…; empty with min_epoch: the whole tenant
  std::optional<SessionId> session;
  std::optional<std::int64_t> min_epoch;
  TimePoint expires{};  // when the last token it concerns has expired by itself
};

}  // namespace quittance::auth
