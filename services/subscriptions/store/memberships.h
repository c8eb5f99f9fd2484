// Memberships: the row is its own schedule (next_attempt_at) and its own lease. Invariant: a worker that lost its lease writes nothing
// (attempt), and what is wanted is always read after the row was locked.
#pragma once

#include <span>

#include "common/db/tx.h"
#include "common/events/event.h"
#include "services/subscriptions/domain/membership.h"
#include "services/subscriptions/domain/sealed.h"

namespace quittance::subscriptions::store {

struct StoredMembership {
  Membership membership;
  Sealed chat;     // where the member is, or was asked to; the tenant's setting may name another one by now
  Sealed account;  // the Telegram account that is, or was, in it
  std::int64_t attempt = 0;
  int tries = 0;
};

// A row and what the world says of it.
struct MembershipView {
  StoredMembership stored;
  MembershipFacts facts;
  Sealed linked_account;  // of the user now
  std::string locale;
  TimePoint access_end{};              // the last end that is past
  std::optional<TimePoint> last_paid;  // succeed_time of the newest payment we know of for this channel
  bool bot_paused = false;             // Telegram asked not to be called now
};

// A membership that a plan gives; made with `fresh` when there is none.
struct MembershipKey {
  TenantId tenant;
  UserId user;
  std::string channel;
  MembershipId fresh;
};
// Makes the rows that are missing, due at once.
void EnsureMemberships(db::Tx& tx, std::span<const MembershipKey> keys, TimePoint now);
// Makes all memberships of these users due.
void WakeMemberships(db::Tx& tx, std::span<const std::pair<TenantId, UserId>> users, TimePoint now);
void WakeBlockedOfChannel(db::Tx& tx, TenantId tenant, std::string_view channel, TimePoint now);

inline constexpr std::chrono::seconds kMembershipLease{120};

// Due rows, oldest first, locked; those of paused bots wait. Facts are read after the lock.
std::vector<MembershipView> LockDueMemberships(db::Tx& tx, TimePoint now, int limit);
// Puts locked rows under a lease, for a call outside of the transaction: `attempt` is whose it is.
void LeaseMemberships(db::Tx& tx, std::span<StoredMembership* const> rows);
// The row, locked, if `attempt` still holds the lease.
std::optional<MembershipView> LockClaimed(db::Tx& tx, TenantId tenant, MembershipId id, std::int64_t attempt, TimePoint now);
// The membership of the person behind a Telegram account, locked: who is in with it, or whose account it is.
std::optional<MembershipView> LockMembershipOfAccount(db::Tx& tx, TenantId tenant, std::string_view channel, std::string_view account_index,
                                                      TimePoint now);
std::vector<MembershipView> LockMembershipsOfUser(db::Tx& tx, TenantId tenant, UserId user, TimePoint now);
std::vector<MembershipView> LockMembershipsInChannel(db::Tx& tx, TenantId tenant, std::string_view channel, TimePoint now);

// State, chat and account; every change of the public state has its event.
void SaveMemberships(db::Tx& tx, std::span<const StoredMembership> rows, std::span<const quittance::events::Event> events);

// Ends a lease, whoever has it: when to look again (none: when something happens), and how often it failed so far.
struct Rest {
  TenantId tenant;
  MembershipId id;
  std::int64_t attempt;
  std::optional<TimePoint> next;
  int tries;
};
void RestMemberships(db::Tx& tx, std::span<const Rest> rests);

struct MembershipRead {
  Membership membership;
  bool linked = false;
};
std::vector<MembershipRead> FindMembershipsOfUser(db::Tx& tx, TenantId tenant, UserId user);
std::optional<MembershipRead> FindMembership(db::Tx& tx, TenantId tenant, UserId user, std::string_view channel);

// The channel of a chat that the settings do not name any longer.
std::optional<std::string> FindChannelOfChat(db::Tx& tx, TenantId tenant, std::string_view chat_index);

}  // namespace quittance::subscriptions::store
