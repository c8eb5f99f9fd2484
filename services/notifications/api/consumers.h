// Event handlers: each reads its message, makes news of it and calls Tell inside the consumer's transaction. The table stands in app.cpp.
#pragma once

#include "common/events/consumer.h"
#include "services/notifications/deps.h"
#include "services/notifications/domain/tell.h"

namespace quittance::notifications::api {

quittance::events::Handler OnUserSignedUp(Deps& deps);
// News of an account, told by this template.
quittance::events::Handler OnAccount(Deps& deps, std::string template_name);
// A code for the second factor, to the phone of the account.
quittance::events::Handler OnMfaCodeRequested(Deps& deps);
quittance::events::Handler OnUserErased(Deps& deps);
quittance::events::Handler OnPlanPublished();
std::vector<quittance::events::Subscription> OnSubscriptions(Deps& deps);
quittance::events::Handler OnMemberInvited(Deps& deps);
quittance::events::Handler OnPaymentFailed(Deps& deps);
quittance::events::Handler OnRefundSucceeded(Deps& deps);
quittance::events::Handler OnRefundFailed(Deps& deps);

}  // namespace quittance::notifications::api
