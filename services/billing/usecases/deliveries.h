// ListWebhookDeliveries, GetWebhookDelivery, ReplayWebhookDelivery: what came in and what became of it, and once more by hand.
#pragma once

#include "services/billing/deps.h"
#include "services/billing/store/deliveries.h"

namespace quittance::billing {

struct ListWebhookDeliveriesQuery {
  Caller caller;
  std::string connection;  // empty: all
  std::optional<store::DeliveryState> state;
  std::optional<PaymentId> payment;
  PageRequest page;
};
struct DeliveryPage {
  std::vector<store::Delivery> deliveries;
  std::string next_page_token;
};
Task<Result<DeliveryPage>> ListWebhookDeliveries(Deps& deps, ListWebhookDeliveriesQuery query);
Task<Result<store::Delivery>> GetWebhookDelivery(Deps& deps, Caller caller, DeliveryId delivery);

struct ReplayWebhookDeliveryCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  DeliveryId delivery;
};
Task<Result<db::Reply>> ReplayWebhookDelivery(Deps& deps, ReplayWebhookDeliveryCommand command);

}  // namespace quittance::billing
