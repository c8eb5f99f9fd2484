// The membership machine: moves by the table, bookkeeping of links and presence beside them, and the next step.
#include "services/subscriptions/domain/membership.h"

#include <algorithm>

namespace quittance::subscriptions {
namespace {

MembershipEvent EventOf(MembershipTrigger trigger, MembershipState to) {
  switch (trigger) {
    case MembershipTrigger::kInvited:
      return MembershipEvent::kInvited;
    case MembershipTrigger::kJoined:
      return MembershipEvent::kJoined;
    case MembershipTrigger::kRemoved:
      return MembershipEvent::kRemoved;
    case MembershipTrigger::kLeft:
      return to == MembershipState::kRemoved ? MembershipEvent::kRemoved : MembershipEvent::kLeft;
    case MembershipTrigger::kBlocked:
      return MembershipEvent::kBlocked;
    default:
      return MembershipEvent::kUpdated;
  }
}

// The move that the facts ask for and that needs no call.
std::optional<MembershipTrigger> OwnMove(const Membership& m, const MembershipFacts& facts, TimePoint now) {
  const bool wanted_in_place = facts.desired && facts.same_account;
  switch (m.state) {
    case MembershipState::kMember:
      return wanted_in_place ? std::nullopt : std::optional(MembershipTrigger::kEnded);
    case MembershipState::kRemoving:
      return wanted_in_place ? std::optional(MembershipTrigger::kKept) : std::nullopt;
    case MembershipState::kInvited:
      if (!facts.desired) return MembershipTrigger::kReleased;
      return m.invite_expires && *m.invite_expires <= now ? std::optional(MembershipTrigger::kLapsed) : std::nullopt;
    case MembershipState::kRequested:
    case MembershipState::kLeftByUser:
      return facts.desired ? std::nullopt : std::optional(MembershipTrigger::kReleased);
    case MembershipState::kBlockedConfig:
    case MembershipState::kFailed:
      return facts.desired || m.inside ? std::nullopt : std::optional(MembershipTrigger::kReleased);
    case MembershipState::kNone:
    case MembershipState::kRemoved:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<MembershipState> NextState(MembershipState from, MembershipTrigger trigger) {
  for (const auto& move : kMembershipMoves) {
    if (move.from == from && move.trigger == trigger) return move.to;
  }
  return std::nullopt;
}

bool Membership::Take(MembershipTrigger trigger, TimePoint now, std::vector<MembershipChange>& changes) {
  const auto to = NextState(state, trigger);
  if (!to) return false;
  state = *to;
  if (trigger == MembershipTrigger::kJoined) inside = true, invites = 0;
  if (trigger == MembershipTrigger::kRemoved || trigger == MembershipTrigger::kLeft) inside = false;
  if (trigger == MembershipTrigger::kAsked) invites = 0;
  if (trigger == MembershipTrigger::kEnded) waiting_since = now;
  if (state != MembershipState::kRemoving && state != MembershipState::kBlockedConfig && state != MembershipState::kFailed)
    waiting_since.reset();
  if (state != MembershipState::kBlockedConfig && state != MembershipState::kFailed) last_error.clear();
  if (state != MembershipState::kInvited && state != MembershipState::kRequested && !invite_link.empty()) {
    stale_link = std::move(invite_link);
    invite_link.clear();
    invite_expires.reset();
  }
  version += 1;
  update_time = now;
  changes.push_back({*this, EventOf(trigger, state)});
  return true;
}

bool Membership::TakeInvite(std::string link, TimePoint expires, TimePoint now, std::vector<MembershipChange>& changes) {
  if (!NextState(state, MembershipTrigger::kInvited)) return false;
  invite_link = std::move(link);
  invite_expires = expires;
  invites += 1;
  return Take(MembershipTrigger::kInvited, now, changes);
}

bool Membership::TakeRefusal(MembershipTrigger trigger, std::string error, TimePoint now, std::vector<MembershipChange>& changes) {
  const auto to = NextState(state, trigger);
  if (!to) return false;
  last_error = std::move(error);
  return Take(trigger, now, changes);
}

MembershipStep Membership::Settle(const MembershipFacts& facts, TimePoint now, std::vector<MembershipChange>& changes) {
  const bool flipped = desired != facts.desired;
  desired = facts.desired;
  if (!desired) invites = 0;
  const std::size_t before = changes.size();
  for (int moves = 0; moves < 4; ++moves) {  // the longest chain is two moves
    const auto trigger = OwnMove(*this, facts, now);
    if (!trigger || !Take(*trigger, now, changes)) break;
  }
  if (flipped && changes.size() == before) {
    version += 1;
    update_time = now;
    changes.push_back({*this, MembershipEvent::kUpdated});
  }
  const bool wanted_in_place = facts.desired && facts.same_account;
  if (state == MembershipState::kRemoving) return MembershipStep::kRemove;
  if (!stale_link.empty()) return MembershipStep::kRevokeLink;
  const bool stuck = state == MembershipState::kBlockedConfig || state == MembershipState::kFailed;
  if (stuck && inside) return wanted_in_place ? MembershipStep::kVerify : MembershipStep::kRemove;
  const bool outside = stuck || state == MembershipState::kNone || state == MembershipState::kRemoved;
  return outside && facts.desired && facts.linked && invites < kInvitesMax ? MembershipStep::kInvite : MembershipStep::kRest;
}

std::optional<TimePoint> Membership::NextLook(const MembershipFacts& facts) const {
  if (state != MembershipState::kInvited || !invite_expires) return facts.boundary;
  return facts.boundary ? std::min(*facts.boundary, *invite_expires) : *invite_expires;
}

}  // namespace quittance::subscriptions
