// Events of other services as input of use cases: rows of the consumer table.
// Invariant: the state decides, so every event of billing is read the same way.
#pragma once

#include <stdexcept>

#include "common/events/consumer.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "quittance/billing/v1/billing_events.pb.h"
#include "services/subscriptions/deps.h"

namespace quittance::subscriptions::api {

void TakePayments(Deps& deps, db::Tx& tx, std::span<const quittance::events::Event* const> events);
void TakeUsers(db::Tx& tx, std::span<const quittance::events::Event* const> events);

template <class Message>
Message Read(const quittance::events::Event& event) {
  Message message;
  if (!message.ParseFromString(event.data)) throw std::runtime_error("the event's data is not a " + event.type);
  return message;
}

// Events that carry a payment, as field 1.
template <class... Messages>
std::vector<quittance::events::Subscription> OnPayments(Deps& deps) {
  return quittance::events::InSets({Messages::descriptor()->full_name()...},
                                   [&deps](db::Tx& tx, auto events) { TakePayments(deps, tx, events); });
}

// Events that carry a user, as field 1.
template <class... Messages>
std::vector<quittance::events::Subscription> OnUsers() {
  return quittance::events::InSets({Messages::descriptor()->full_name()...}, [](db::Tx& tx, auto events) { TakeUsers(tx, events); });
}

void TakeStanding(Deps& deps, db::Tx& tx, const quittance::events::Event& event, const auth::v1::UserState& user);

// Frozen, opened again, erased: what a person may have changes with it.
template <class Message>
quittance::events::Subscription OnStanding(Deps& deps) {
  return {Message::descriptor()->full_name(),
          [&deps](db::Tx& tx, const quittance::events::Event& event) { TakeStanding(deps, tx, event, Read<Message>(event).user()); }};
}

}  // namespace quittance::subscriptions::api
