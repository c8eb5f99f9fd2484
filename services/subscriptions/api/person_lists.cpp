// Each list is read in the person's own scope; the Telegram account is opened for its owner alone.
#include "services/subscriptions/api/person_lists.h"

#include <google/protobuf/struct.pb.h>

#include "services/subscriptions/usecases/get_membership.h"
#include "services/subscriptions/usecases/get_subscription.h"
#include "services/subscriptions/wire.h"

namespace quittance::subscriptions::api {
namespace {

Task<Result<person::Page>> SubscriptionsOf(Deps& deps, Caller person, std::string token) {
  ListSubscriptionsQuery query{std::move(person), "", std::nullopt, person::kPageSize, std::move(token)};
  const auto found = co_await subscriptions::ListSubscriptions(deps, std::move(query));
  if (!found) co_return found.error();
  const TimePoint now = found->now;
  co_return person::ToPage(found->subscriptions, found->next_page_token,
                           [now](const Subscription& each) { return wire::ToProto(each, now); });
}

// One for each channel of the tenant at most.
Task<Result<person::Page>> MembershipsOf(Deps& deps, Caller person, std::string) {
  const auto found = co_await subscriptions::ListOwnMemberships(deps, std::move(person));
  if (!found) co_return found.error();
  co_return person::ToPage(*found, "", [](const store::MembershipRead& each) { return wire::ToProto(each.membership, each.linked); });
}

google::protobuf::Struct ToAccount(const std::string& id) {
  google::protobuf::Struct out;
  (*out.mutable_fields())["telegram_user_id"].set_string_value(id);
  return out;
}

Task<Result<person::Page>> AccountsOf(Deps& deps, Caller person, std::string) {
  const auto found = co_await subscriptions::FindTelegramAccount(deps, std::move(person));
  if (!found) co_return found.error();
  std::vector<std::string> accounts;
  if (!found->empty()) accounts.push_back(*found);
  co_return person::ToPage(accounts, "", ToAccount);
}

person::List ListOf(Deps& deps, std::string kind, Task<Result<person::Page>> (*read)(Deps&, Caller, std::string)) {
  return {std::move(kind), [&deps, read](Caller person, std::string token) { return read(deps, std::move(person), std::move(token)); }};
}

}  // namespace

person::Lists PersonLists(Deps& deps) {
  return {ListOf(deps, "subscriptions", SubscriptionsOf), ListOf(deps, "memberships", MembershipsOf),
          ListOf(deps, "telegram_accounts", AccountsOf), person::AuditEntries(deps.db)};
}

}  // namespace quittance::subscriptions::api
