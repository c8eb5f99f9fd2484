// Events of other services as input of use cases: one row of the consumer table per type.
// Invariant: the state decides, so every event of billing is read the same way.
#pragma once

#include <stdexcept>

#include "common/events/consumer.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "quittance/billing/v1/billing_events.pb.h"
#include "services/subscriptions/deps.h"

namespace quittance::subscriptions::api {

void TakePayment(Deps& deps, db::Tx& tx, const quittance::events::Event& event, const billing::v1::PaymentIntent& payment);
void TakeUser(db::Tx& tx, const quittance::events::Event& event, const auth::v1::UserState& user);

template <class Message>
Message Read(const quittance::events::Event& event) {
  Message message;
  if (!message.ParseFromString(event.data)) throw std::runtime_error("the event's data is not a " + event.type);
  return message;
}

// Any event that carries a payment.
template <class Message>
quittance::events::Subscription OnPayment(Deps& deps) {
  return {Message::descriptor()->full_name(), [&deps](db::Tx& tx, const quittance::events::Event& event) {
            TakePayment(deps, tx, event, Read<Message>(event).payment_intent());
          }};
}

void TakeStanding(Deps& deps, db::Tx& tx, const quittance::events::Event& event, const auth::v1::UserState& user);

// Any event that carries a user.
template <class Message>
quittance::events::Subscription OnUser() {
  return {Message::descriptor()->full_name(),
          [](db::Tx& tx, const quittance::events::Event& event) { TakeUser(tx, event, Read<Message>(event).user()); }};
}

// Frozen, opened again, erased: what a person may have changes with it.
template <class Message>
quittance::events::Subscription OnStanding(Deps& deps) {
  return {Message::descriptor()->full_name(),
          [&deps](db::Tx& tx, const quittance::events::Event& event) { TakeStanding(deps, tx, event, Read<Message>(event).user()); }};
}

}  // namespace quittance::subscriptions::api
