// What notifications keeps about a person: the messages that were sent to them (never their text), and the audit trail about them.
#pragma once

#include "common/person/service.h"
#include "services/notifications/deps.h"

namespace quittance::notifications::api {

person::Lists PersonLists(Deps& deps);

}  // namespace quittance::notifications::api
