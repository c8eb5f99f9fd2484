// Consumers of the others' events: what is sold (subscriptions) and who exists (auth).
#pragma once

#include <vector>

#include "common/events/consumer.h"
#include "services/billing/deps.h"

namespace quittance::billing::api {

void OnPlanPublished(db::Tx& tx, const ::quittance::events::Event& event);
void OnPlanArchived(db::Tx& tx, const ::quittance::events::Event& event);
std::vector<::quittance::events::Subscription> OnUsers();
::quittance::events::Handler OnUserErased(Deps& deps);

}  // namespace quittance::billing::api
