// One table per enum, read both ways.
#include "services/subscriptions/store/names.h"

#include <stdexcept>
#include <utility>

namespace quittance::subscriptions::store {
namespace {

constexpr std::array kPlanStatuses = {std::pair{PlanStatus::kActive, std::string_view("active")},
                                      std::pair{PlanStatus::kArchived, std::string_view("archived")}};

constexpr std::array kStatuses = {
    std::pair{SubscriptionStatus::kNew, std::string_view("new")},
    std::pair{SubscriptionStatus::kActive, std::string_view("active")},
    std::pair{SubscriptionStatus::kExpired, std::string_view("expired")},
    std::pair{SubscriptionStatus::kSuspended, std::string_view("suspended")},
    std::pair{SubscriptionStatus::kCanceled, std::string_view("canceled")},
};

constexpr std::array kStates = {
    std::pair{MembershipState::kNone, std::string_view("none")},
    std::pair{MembershipState::kInvited, std::string_view("invited")},
    std::pair{MembershipState::kRequested, std::string_view("requested")},
    std::pair{MembershipState::kMember, std::string_view("member")},
    std::pair{MembershipState::kRemoving, std::string_view("removing")},
    std::pair{MembershipState::kRemoved, std::string_view("removed")},
    std::pair{MembershipState::kLeftByUser, std::string_view("left_by_user")},
    std::pair{MembershipState::kBlockedConfig, std::string_view("blocked_config")},
    std::pair{MembershipState::kFailed, std::string_view("failed")},
};

constexpr std::array kStopKinds = {std::pair{Stop::Kind::kHeld, std::string_view("held")},
                                   std::pair{Stop::Kind::kRevoked, std::string_view("revoked")}};

template <class Table, class Value>
std::string_view NameIn(const Table& table, Value value) {
  for (const auto& [candidate, name] : table) {
    if (candidate == value) return name;
  }
  throw std::runtime_error("an enum value has no stored name");
}

template <class Table>
auto ValueIn(const Table& table, std::string_view name) {
  for (const auto& [value, candidate] : table) {
    if (candidate == name) return value;
  }
  throw std::runtime_error("unknown stored value: " + std::string(name));
}

}  // namespace

std::string_view Name(PlanStatus status) { return NameIn(kPlanStatuses, status); }
std::string_view Name(SubscriptionStatus status) { return NameIn(kStatuses, status); }
std::string_view Name(MembershipState state) { return NameIn(kStates, state); }
std::string_view Name(Stop::Kind kind) { return NameIn(kStopKinds, kind); }

PlanStatus ParsePlanStatus(std::string_view name) { return ValueIn(kPlanStatuses, name); }
SubscriptionStatus ParseSubscriptionStatus(std::string_view name) { return ValueIn(kStatuses, name); }
MembershipState ParseMembershipState(std::string_view name) { return ValueIn(kStates, name); }
Stop::Kind ParseStopKind(std::string_view name) { return ValueIn(kStopKinds, name); }

}  // namespace quittance::subscriptions::store
