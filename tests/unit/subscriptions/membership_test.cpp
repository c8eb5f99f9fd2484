// The membership machine: every (state, trigger), and the next step from what is to what is wanted.
#include "services/subscriptions/domain/membership.h"

#include <gtest/gtest.h>

#include <set>

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;
using State = MembershipState;
using Trigger = MembershipTrigger;
using Step = MembershipStep;

const TimePoint kNow = FromUnixSeconds(1'790'000'000);

constexpr MembershipFacts kWanted{.desired = true, .boundary = {}, .linked = true, .same_account = true};
constexpr MembershipFacts kUnwanted{.desired = false, .boundary = {}, .linked = true, .same_account = true};

Membership At(State state, bool desired) {
  Membership m;
  m.state = state;
  m.desired = desired;
  m.inside = state == State::kMember || state == State::kRemoving;
  if (state == State::kInvited) m.invite_link = "https://t.me/+x", m.invite_expires = kNow + 24h;
  return m;
}

TEST(MembershipMatrix, M01_EveryPairIsInTheTableOrRefused) {
  std::set<std::pair<State, Trigger>> allowed;
  for (const auto& move : kMembershipMoves) EXPECT_TRUE(allowed.insert({move.from, move.trigger}).second) << "twice in the table";
  int refused = 0;
  for (const State state : kMembershipStates) {
    for (const Trigger trigger : kMembershipTriggers) {
      Membership m = At(state, true);
      std::vector<MembershipChange> changes;
      const bool took = m.Take(trigger, kNow, changes);
      EXPECT_EQ(took, allowed.contains({state, trigger}));
      EXPECT_EQ(m.version, took ? 1 : 0);
      EXPECT_EQ(changes.size(), took ? 1u : 0u);
      if (!took) {
        EXPECT_EQ(m.state, state);
        ++refused;
      }
    }
  }
  EXPECT_EQ(refused, static_cast<int>(kMembershipStates.size() * kMembershipTriggers.size() - kMembershipMoves.size()));
}

TEST(MembershipStep, NotLinkedWaits) {
  Membership m = At(State::kNone, false);
  std::vector<MembershipChange> changes;
  EXPECT_EQ(m.Settle({.desired = true, .boundary = {}, .linked = false, .same_account = true}, kNow, changes), Step::kRest);
  ASSERT_EQ(changes.size(), 1u);  // desired became true: that is public
  EXPECT_EQ(changes[0].event, MembershipEvent::kUpdated);
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kInvite);
}

TEST(MembershipStep, RenewalWhileMemberNeedsNothing) {
  Membership m = At(State::kMember, true);
  std::vector<MembershipChange> changes;
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kRest);
  EXPECT_TRUE(changes.empty());
}

TEST(MembershipStep, TheEndLeadsToARemoval) {
  Membership m = At(State::kMember, true);
  std::vector<MembershipChange> changes;
  EXPECT_EQ(m.Settle(kUnwanted, kNow, changes), Step::kRemove);
  EXPECT_EQ(m.state, State::kRemoving);
  EXPECT_EQ(m.waiting_since, kNow);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_FALSE(changes[0].after.desired);
}

TEST(MembershipStep, M09_WantedAgainBeforeTheRemovalKeepsTheMember) {
  Membership m = At(State::kRemoving, false);
  std::vector<MembershipChange> changes;
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kRest);
  EXPECT_EQ(m.state, State::kMember);
  EXPECT_TRUE(m.inside);
}

TEST(MembershipStep, InviteThenJoinThenTheLinkIsRevoked) {
  Membership m = At(State::kNone, true);
  std::vector<MembershipChange> changes;
  ASSERT_TRUE(m.TakeInvite("https://t.me/+abc", kNow + 24h, kNow, changes));
  EXPECT_EQ(changes.back().event, MembershipEvent::kInvited);
  EXPECT_EQ(changes.back().after.invite_link, "https://t.me/+abc");
  ASSERT_TRUE(m.Take(Trigger::kRequested, kNow, changes));
  EXPECT_EQ(m.invite_link, "https://t.me/+abc");
  ASSERT_TRUE(m.Take(Trigger::kJoined, kNow, changes));
  EXPECT_EQ(changes.back().event, MembershipEvent::kJoined);
  EXPECT_TRUE(m.invite_link.empty());
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kRevokeLink);
}

TEST(MembershipStep, JoiningTwiceIsOneEvent) {
  Membership m = At(State::kRequested, true);
  std::vector<MembershipChange> changes;
  EXPECT_TRUE(m.Take(Trigger::kJoined, kNow, changes));
  EXPECT_FALSE(m.Take(Trigger::kJoined, kNow, changes));  // approve and chat_member say the same
  EXPECT_EQ(changes.size(), 1u);
}

TEST(MembershipStep, LinksAreMadeUnaskedThreeTimesAtMost) {
  Membership m = At(State::kNone, true);
  std::vector<MembershipChange> changes;
  TimePoint now = kNow;
  for (int i = 0; i < kInvitesMax; ++i) {
    ASSERT_EQ(m.Settle(kWanted, now, changes), Step::kInvite);
    ASSERT_TRUE(m.TakeInvite("https://t.me/+x", now + 24h, now, changes));
    EXPECT_EQ(m.Settle(kWanted, now, changes), Step::kRest);
    EXPECT_EQ(m.NextLook(kWanted), now + 24h);
    now += 24h;
    EXPECT_EQ(m.Settle(kWanted, now, changes), Step::kRevokeLink);
    m.stale_link.clear();
  }
  EXPECT_EQ(m.Settle(kWanted, now, changes), Step::kRest);
  EXPECT_EQ(m.state, State::kNone);
}

TEST(MembershipStep, WhoLeftIsNotInvitedUnasked) {
  Membership m = At(State::kMember, true);
  std::vector<MembershipChange> changes;
  ASSERT_TRUE(m.Take(Trigger::kLeft, kNow, changes));
  EXPECT_EQ(changes.back().event, MembershipEvent::kLeft);
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kRest);
  ASSERT_TRUE(m.Take(Trigger::kAsked, kNow, changes));
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kInvite);
}

TEST(MembershipStep, WhoLeftIsInvitedForTheNextStretch) {
  Membership m = At(State::kLeftByUser, true);
  std::vector<MembershipChange> changes;
  EXPECT_EQ(m.Settle(kUnwanted, kNow, changes), Step::kRest);
  EXPECT_EQ(m.state, State::kNone);
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kInvite);
}

TEST(MembershipStep, LeavingDuringTheRemovalIsTheRemoval) {
  Membership m = At(State::kRemoving, false);
  std::vector<MembershipChange> changes;
  ASSERT_TRUE(m.Take(Trigger::kLeft, kNow, changes));
  EXPECT_EQ(m.state, State::kRemoved);
  EXPECT_EQ(changes.back().event, MembershipEvent::kRemoved);
  EXPECT_FALSE(m.Take(Trigger::kRemoved, kNow, changes));
}

TEST(MembershipStep, BlockedTriesAgainWithoutFlapping) {
  Membership m = At(State::kNone, true);
  std::vector<MembershipChange> changes;
  ASSERT_TRUE(m.TakeRefusal(Trigger::kBlocked, "chat_not_found", kNow, changes));
  EXPECT_EQ(changes.back().event, MembershipEvent::kBlocked);
  EXPECT_EQ(m.last_error, "chat_not_found");
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kInvite);
  EXPECT_FALSE(m.TakeRefusal(Trigger::kBlocked, "chat_not_found", kNow, changes));  // the same again: no event
  EXPECT_EQ(changes.size(), 1u);
  ASSERT_TRUE(m.TakeInvite("https://t.me/+x", kNow + 24h, kNow, changes));
  EXPECT_TRUE(m.last_error.empty());
}

TEST(MembershipStep, BlockedWhileInsideIsVerifiedOrRemoved) {
  Membership m = At(State::kMember, true);
  std::vector<MembershipChange> changes;
  ASSERT_TRUE(m.TakeRefusal(Trigger::kBlocked, "bot_lost_rights", kNow, changes));
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kVerify);
  EXPECT_EQ(m.Settle(kUnwanted, kNow, changes), Step::kRemove);
  EXPECT_EQ(m.state, State::kBlockedConfig);
  ASSERT_TRUE(m.Take(Trigger::kRemoved, kNow, changes));
  EXPECT_FALSE(m.inside);
}

TEST(MembershipStep, AnotherTelegramAccountMovesOverThroughRemoval) {
  Membership m = At(State::kMember, true);
  std::vector<MembershipChange> changes;
  const MembershipFacts other{.desired = true, .boundary = {}, .linked = true, .same_account = false};
  EXPECT_EQ(m.Settle(other, kNow, changes), Step::kRemove);
  ASSERT_TRUE(m.Take(Trigger::kRemoved, kNow, changes));
  EXPECT_EQ(m.Settle(kWanted, kNow, changes), Step::kInvite);
}

TEST(MembershipStep, SettlingTwiceIsSettlingOnce) {
  for (const State state : kMembershipStates) {
    for (const bool desired : {false, true}) {
      Membership m = At(state, !desired);
      MembershipFacts facts = desired ? kWanted : kUnwanted;
      std::vector<MembershipChange> changes;
      const Step first = m.Settle(facts, kNow, changes);
      const auto version = m.version;
      EXPECT_EQ(m.Settle(facts, kNow, changes), first);
      EXPECT_EQ(m.version, version);
    }
  }
}

}  // namespace
}  // namespace quittance::subscriptions
