// Tell: what other services say happened becomes a row that waits to be sent. Runs inside the consumer's transaction (system role): the row
// and the inbox claim are one commit.
#pragma once

#include <span>

#include "common/db/tx.h"
#include "services/notifications/deps.h"
#include "services/notifications/domain/tell.h"

namespace quittance::notifications {

// Of the event that is being applied.
struct Heard {
  std::string traceparent;
  std::string actor = "system:auth_events";
};

void TellSignUp(Deps& deps, db::Tx& tx, const SignUpNews& news, const Heard& heard);
void TellAccount(Deps& deps, db::Tx& tx, const AccountNews& news, const Heard& heard);

struct HeardSubscription {
  SubscriptionNews news;
  Heard heard;
};
// In their order. Also ends reminders that still wait and have become wrong.
void TellSubscriptions(Deps& deps, db::Tx& tx, std::span<const HeardSubscription> heard);
void TellInvite(Deps& deps, db::Tx& tx, const InviteNews& news, const Heard& heard);
void TellFailure(Deps& deps, db::Tx& tx, const PaymentNews& news, const Heard& heard);
void TellRefund(Deps& deps, db::Tx& tx, const RefundNews& news, const Heard& heard);

struct PlanNews {
  TenantId tenant;
  std::string code;
  std::string display_name;
  std::int64_t version = 0;
};
void RememberPlanName(db::Tx& tx, const PlanNews& news);

}  // namespace quittance::notifications
