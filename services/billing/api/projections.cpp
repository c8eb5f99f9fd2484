// Invariant: a consumer acts on the state an event carries; a version that is not newer changes nothing.
#include "services/billing/api/projections.h"

#include <stdexcept>

#include "quittance/auth/v1/auth_events.pb.h"
#include "quittance/subscriptions/v1/subscriptions_events.pb.h"
#include "services/billing/usecases/erase_person.h"
#include "services/billing/usecases/learn.h"

namespace quittance::billing::api {
namespace {

template <class Message>
Message Parse(const ::quittance::events::Event& event) {
  Message message;
  if (!message.ParseFromString(event.data)) throw std::runtime_error("the data of " + event.type + " cannot be read");
  return message;
}

template <class Message>
void LearnPlan(db::Tx& tx, const ::quittance::events::Event& event) {
  const auto message = Parse<Message>(event);
  const auto& plan = message.plan();
  const auto currency = Currency::Parse(plan.price().currency_code());
  if (!currency) throw std::runtime_error("a plan's currency is not known");
  const bool active = plan.status() == subscriptions::v1::Plan::STATUS_ACTIVE;
  LearnOffer(tx, event.tenant, Offer{plan.code(), plan.id(), Money{plan.price().amount_minor(), *currency}, active, event.sequence});
}

UserId UserOf(const ::quittance::events::Event& event) {
  // Every event of a user has it as field 1.
  const auto user = UserId::Parse(Parse<auth::v1::UserCreated>(event).user().id(), "user.id");
  if (!user) throw std::runtime_error("a user's id is not one");
  return *user;
}

}  // namespace

void OnPlanPublished(db::Tx& tx, const ::quittance::events::Event& event) { LearnPlan<subscriptions::v1::PlanPublished>(tx, event); }
void OnPlanArchived(db::Tx& tx, const ::quittance::events::Event& event) { LearnPlan<subscriptions::v1::PlanArchived>(tx, event); }

std::vector<::quittance::events::Subscription> OnUsers() {
  return ::quittance::events::InSets({"quittance.auth.v1.UserSignedUp", "quittance.auth.v1.UserCreated", "quittance.auth.v1.UserVerified"},
                                     [](db::Tx& tx, auto events) {
                                       std::vector<std::pair<store::UserKey, std::int64_t>> versions;
                                       for (const auto* event : events)
                                         versions.push_back({{event->tenant, UserOf(*event)}, event->sequence});
                                       LearnUsers(tx, versions);
                                     });
}

::quittance::events::Handler OnUserErased(Deps& deps) {
  return [&deps](db::Tx& tx, const ::quittance::events::Event& event) {
    ErasePerson(deps, tx, event.tenant, UserOf(event), event.sequence, {.actor = "system:auth_events", .traceparent = event.traceparent});
  };
}

}  // namespace quittance::billing::api
