// One user in one channel: where the member stands at Telegram, what the periods want, and the next step from the one to the other.
// Invariant: a state changes only along kMembershipMoves; who is wanted and in stays untouched; nobody is asked in or out twice.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "common/core/time.h"
#include "services/subscriptions/domain/ids.h"

namespace quittance::subscriptions {

enum class MembershipState { kNone, kInvited, kRequested, kMember, kRemoving, kRemoved, kLeftByUser, kBlockedConfig, kFailed };
inline constexpr std::array kMembershipStates = {MembershipState::kNone,       MembershipState::kInvited,       MembershipState::kRequested,
                                                 MembershipState::kMember,     MembershipState::kRemoving,      MembershipState::kRemoved,
                                                 MembershipState::kLeftByUser, MembershipState::kBlockedConfig, MembershipState::kFailed};

enum class MembershipTrigger {
  kInvited,    // a join-request link was made
  kLapsed,     // the link or the request is no longer there
  kRequested,  // Telegram says: asks to join
  kJoined,     // Telegram says: is in
  kReleased,   // not wanted, and not in
  kEnded,      // not wanted, but in
  kKept,       // wanted again before the removal
  kRemoved,    // Telegram says: was taken out
  kLeft,       // Telegram says: left
  kAsked,      // somebody who had left asks for a new link
  kBlocked,    // the bot may not act in the channel
  kRefused,    // Telegram refuses for good
};
inline constexpr std::array kMembershipTriggers = {MembershipTrigger::kInvited, MembershipTrigger::kLapsed,   MembershipTrigger::kRequested,
                                                   MembershipTrigger::kJoined,  MembershipTrigger::kReleased, MembershipTrigger::kEnded,
                                                   MembershipTrigger::kKept,    MembershipTrigger::kRemoved,  MembershipTrigger::kLeft,
                                                   MembershipTrigger::kAsked,   MembershipTrigger::kBlocked,  MembershipTrigger::kRefused};

enum class MembershipEvent { kInvited, kUpdated, kJoined, kLeft, kRemoved, kBlocked };

struct MembershipMove {
  MembershipState from;
  MembershipTrigger trigger;
  MembershipState to;
};

inline constexpr std::array kMembershipMoves = {
    MembershipMove{MembershipState::kNone, MembershipTrigger::kInvited, MembershipState::kInvited},
    MembershipMove{MembershipState::kNone, MembershipTrigger::kRequested, MembershipState::kRequested},
    MembershipMove{MembershipState::kNone, MembershipTrigger::kJoined, MembershipState::kMember},
    MembershipMove{MembershipState::kNone, MembershipTrigger::kBlocked, MembershipState::kBlockedConfig},
    MembershipMove{MembershipState::kNone, MembershipTrigger::kRefused, MembershipState::kFailed},
    MembershipMove{MembershipState::kInvited, MembershipTrigger::kLapsed, MembershipState::kNone},
    MembershipMove{MembershipState::kInvited, MembershipTrigger::kRequested, MembershipState::kRequested},
    MembershipMove{MembershipState::kInvited, MembershipTrigger::kJoined, MembershipState::kMember},
    MembershipMove{MembershipState::kInvited, MembershipTrigger::kReleased, MembershipState::kNone},
    MembershipMove{MembershipState::kInvited, MembershipTrigger::kAsked, MembershipState::kNone},
    MembershipMove{MembershipState::kInvited, MembershipTrigger::kBlocked, MembershipState::kBlockedConfig},
    MembershipMove{MembershipState::kRequested, MembershipTrigger::kLapsed, MembershipState::kNone},
    MembershipMove{MembershipState::kRequested, MembershipTrigger::kJoined, MembershipState::kMember},
    MembershipMove{MembershipState::kRequested, MembershipTrigger::kReleased, MembershipState::kNone},
    MembershipMove{MembershipState::kRequested, MembershipTrigger::kBlocked, MembershipState::kBlockedConfig},
    MembershipMove{MembershipState::kRequested, MembershipTrigger::kRefused, MembershipState::kFailed},
    MembershipMove{MembershipState::kMember, MembershipTrigger::kEnded, MembershipState::kRemoving},
    MembershipMove{MembershipState::kMember, MembershipTrigger::kLeft, MembershipState::kLeftByUser},
    MembershipMove{MembershipState::kMember, MembershipTrigger::kBlocked, MembershipState::kBlockedConfig},
    MembershipMove{MembershipState::kRemoving, MembershipTrigger::kKept, MembershipState::kMember},
    MembershipMove{MembershipState::kRemoving, MembershipTrigger::kRemoved, MembershipState::kRemoved},
    MembershipMove{MembershipState::kRemoving, MembershipTrigger::kLeft, MembershipState::kRemoved},
    MembershipMove{MembershipState::kRemoving, MembershipTrigger::kBlocked, MembershipState::kBlockedConfig},
    MembershipMove{MembershipState::kRemoving, MembershipTrigger::kRefused, MembershipState::kFailed},
    MembershipMove{MembershipState::kRemoved, MembershipTrigger::kInvited, MembershipState::kInvited},
    MembershipMove{MembershipState::kRemoved, MembershipTrigger::kRequested, MembershipState::kRequested},
    MembershipMove{MembershipState::kRemoved, MembershipTrigger::kJoined, MembershipState::kMember},
    MembershipMove{MembershipState::kRemoved, MembershipTrigger::kBlocked, MembershipState::kBlockedConfig},
    MembershipMove{MembershipState::kRemoved, MembershipTrigger::kRefused, MembershipState::kFailed},
    MembershipMove{MembershipState::kLeftByUser, MembershipTrigger::kRequested, MembershipState::kRequested},
    MembershipMove{MembershipState::kLeftByUser, MembershipTrigger::kJoined, MembershipState::kMember},
    MembershipMove{MembershipState::kLeftByUser, MembershipTrigger::kReleased, MembershipState::kNone},
    MembershipMove{MembershipState::kLeftByUser, MembershipTrigger::kAsked, MembershipState::kNone},
    MembershipMove{MembershipState::kBlockedConfig, MembershipTrigger::kInvited, MembershipState::kInvited},
    MembershipMove{MembershipState::kBlockedConfig, MembershipTrigger::kRequested, MembershipState::kRequested},
    MembershipMove{MembershipState::kBlockedConfig, MembershipTrigger::kJoined, MembershipState::kMember},
    MembershipMove{MembershipState::kBlockedConfig, MembershipTrigger::kReleased, MembershipState::kNone},
    MembershipMove{MembershipState::kBlockedConfig, MembershipTrigger::kRemoved, MembershipState::kRemoved},
    MembershipMove{MembershipState::kBlockedConfig, MembershipTrigger::kLeft, MembershipState::kLeftByUser},
    MembershipMove{MembershipState::kBlockedConfig, MembershipTrigger::kRefused, MembershipState::kFailed},
    MembershipMove{MembershipState::kFailed, MembershipTrigger::kInvited, MembershipState::kInvited},
    MembershipMove{MembershipState::kFailed, MembershipTrigger::kRequested, MembershipState::kRequested},
    MembershipMove{MembershipState::kFailed, MembershipTrigger::kJoined, MembershipState::kMember},
    MembershipMove{MembershipState::kFailed, MembershipTrigger::kReleased, MembershipState::kNone},
    MembershipMove{MembershipState::kFailed, MembershipTrigger::kRemoved, MembershipState::kRemoved},
    MembershipMove{MembershipState::kFailed, MembershipTrigger::kLeft, MembershipState::kLeftByUser},
    MembershipMove{MembershipState::kFailed, MembershipTrigger::kBlocked, MembershipState::kBlockedConfig},
};

std::optional<MembershipState> NextState(MembershipState from, MembershipTrigger trigger);

inline constexpr std::chrono::hours kInviteAge{24};     // of a link; Telegram knows its end too
inline constexpr int kInvitesMax = 3;                   // links made unasked for one stretch of access; then on demand (/start)
inline constexpr std::chrono::hours kUnsettledWait{1};  // a removal waits for money under way no longer

// What the world says of this membership now.
struct MembershipFacts {
  bool desired = false;  // a running, non-revoked period of any subscription whose plan names the channel; nobody frozen or erased
  std::optional<TimePoint> boundary;  // when that may be otherwise
  bool linked = false;                // the user has a Telegram account
  bool same_account = true;           // and it is the one that is in the channel
};

struct Membership;

// The row as it was after one move, and the event of it.
struct MembershipChange;

enum class MembershipStep { kRest, kInvite, kRevokeLink, kRemove, kVerify };

struct Membership {
  TenantId tenant;
  MembershipId id;
  UserId user;
  std::string channel;
  MembershipState state = MembershipState::kNone;
  bool desired = false;
  bool inside = false;  // Telegram said so last
  std::string invite_link;
  std::optional<TimePoint> invite_expires;
  std::string stale_link;  // of a member who is in, or of nobody: to be revoked
  int invites = 0;
  std::string last_error;
  std::optional<TimePoint> waiting_since;  // since when the removal is due
  std::int64_t version = 0;
  TimePoint create_time{};
  TimePoint update_time{};

  // Moves if the table allows; false: the state refuses the trigger, nothing changed.
  bool Take(MembershipTrigger trigger, TimePoint now, std::vector<MembershipChange>& changes);
  // Stores the link first, so that the event carries it.
  bool TakeInvite(std::string link, TimePoint expires, TimePoint now, std::vector<MembershipChange>& changes);
  bool TakeRefusal(MembershipTrigger trigger, std::string error, TimePoint now, std::vector<MembershipChange>& changes);

  // Makes every move that needs no call, and tells what is to be done next.
  MembershipStep Settle(const MembershipFacts& facts, TimePoint now, std::vector<MembershipChange>& changes);
  // When to look again, if nothing else happens.
  std::optional<TimePoint> NextLook(const MembershipFacts& facts) const;
};

struct MembershipChange {
  Membership after;
  MembershipEvent event;
};

}  // namespace quittance::subscriptions
