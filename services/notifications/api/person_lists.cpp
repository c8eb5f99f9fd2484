// The list that the person can read by themselves. Addresses and parameters of templates are not in it: they are auth's, and forgotten.
#include "services/notifications/api/person_lists.h"

#include "services/notifications/usecases/read_notifications.h"
#include "services/notifications/wire.h"

namespace quittance::notifications::api {
namespace {

Task<Result<person::Page>> NotificationsOf(Deps& deps, Caller person, std::string token) {
  ListNotificationsQuery query{std::move(person), "", std::nullopt, person::kPageSize, std::move(token)};
  const auto found = co_await notifications::ListNotifications(deps, std::move(query));
  if (!found) co_return found.error();
  co_return person::ToPage(found->notifications, found->next_page_token, wire::ToProto);
}

}  // namespace

person::Lists PersonLists(Deps& deps) {
  return {
      {"notifications", [&deps](Caller person, std::string token) { return NotificationsOf(deps, std::move(person), std::move(token)); }},
      person::AuditEntries(deps.db)};
}

}  // namespace quittance::notifications::api
