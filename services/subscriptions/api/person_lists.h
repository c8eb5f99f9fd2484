// What subscriptions keeps about a person: subscriptions, memberships, the Telegram account they linked, and the audit trail about them.
#pragma once

#include "common/person/service.h"
#include "services/subscriptions/deps.h"

namespace quittance::subscriptions::api {

person::Lists PersonLists(Deps& deps);

}  // namespace quittance::subscriptions::api
