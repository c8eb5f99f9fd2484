// ExportMyData, ExportUserData: everything that is kept about a person, in every service, as one document.
// Invariant: it is whole or it is not given; who gave it to whom stands in the audit trail.
#pragma once

#include <functional>

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/domain/user.h"

namespace quittance::auth {

// Puts the document together (api/person_document.cpp). Throws Fault while a service cannot be asked.
using CollectPerson = std::function<Task<Result<std::string>>(User)>;

struct ExportCommand {
  Caller caller;
  Cause cause;
  std::string user_id = {};
};
// Of the caller.
Task<Result<std::string>> ExportMyData(Deps& deps, ExportCommand command, const CollectPerson& collect);
// By an operator.
Task<Result<std::string>> ExportUserData(Deps& deps, ExportCommand command, const CollectPerson& collect);

// A device that a person has logged in from.
struct DeviceView {
  Uuid id;
  TimePoint created{};
  TimePoint seen{};
};
Task<Result<std::vector<DeviceView>>> ListDevices(Deps& deps, Caller caller);

// An issuer's account that a person logs in with.
struct IdentityView {
  std::string provider;
  TimePoint created{};
};
Task<Result<std::vector<IdentityView>>> ListIdentities(Deps& deps, Caller caller);

// A token for calls to other processes. Auth signs its own: it needs no account, and nothing that could leak.
Task<std::string> IssueOwnToken(Deps& deps);

}  // namespace quittance::auth
