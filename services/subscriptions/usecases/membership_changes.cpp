// Moves to events and audit rows.
#include "services/subscriptions/usecases/membership_changes.h"

#include "common/audit/audit.h"
#include "services/subscriptions/events.h"

namespace quittance::subscriptions {

void MembershipChanges::Add(const store::MembershipView& view, const std::vector<MembershipChange>& moves) {
  rows_.push_back(view.stored);
  for (const auto& move : moves) moves_.emplace_back(move, view.facts.linked);
}

void MembershipChanges::Save(db::Tx& tx) const {
  std::vector<events::Event> events;
  std::vector<audit::Entry> entries;
  for (const auto& [move, linked] : moves_) {
    const events::Mark mark{deps_.ids.Next(), now_, cause_.traceparent};
    events.push_back(events::OfMembership(move.event, move.after, linked, mark));
    entries.push_back({.tenant = move.after.tenant,
                       .time = now_,
                       .cause = cause_,
                       .action = "ChangeMembership",
                       .subject = move.after.id.ToString(),
                       .detail = "",
                       .event = mark.id});
  }
  store::SaveMemberships(tx, rows_, events);
  audit::Append(tx, entries);
}

void TieTo(store::MembershipView& view, const Sealed& account, const Sealed& chat) {
  if (!account.empty()) view.stored.account = account;
  if (!chat.empty()) view.stored.chat = chat;
  view.facts.same_account =
      view.stored.account.empty() || view.linked_account.empty() || view.stored.account.index == view.linked_account.index;
}

}  // namespace quittance::subscriptions
