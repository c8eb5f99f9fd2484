// The removal itself is the membership machine's: it is woken and finds nobody wanted.
#include "services/subscriptions/usecases/change_standing.h"

#include "common/audit/audit.h"
#include "services/subscriptions/store/erasure.h"
#include "services/subscriptions/store/memberships.h"
#include "services/subscriptions/store/users.h"

namespace quittance::subscriptions {
namespace {

constexpr int kForgetMax = 200;

int Forget(db::Tx& tx, const Cause& cause, TimePoint now) {
  const auto forgotten = store::ForgetAccountsOfErased(tx, kForgetMax);
  std::vector<audit::Entry> entries;
  for (const auto& each : forgotten) {
    entries.push_back({.tenant = each.tenant,
                       .time = now,
                       .cause = cause,
                       .action = "ForgetMember",
                       .subject = each.membership.ToString(),
                       .detail = "{\"telegram_account\":\"destroyed\"}"});
  }
  if (!entries.empty()) audit::Append(tx, entries);
  return static_cast<int>(forgotten.size());
}

}  // namespace

void ChangeStanding(Deps& deps, db::Tx& tx, const KnownUser& user, const Cause& cause) {
  if (!store::UpsertUser(tx, user)) return;
  const TimePoint now = deps.clock.Now();
  const std::pair<TenantId, UserId> whose{user.tenant, user.user};
  store::WakeMemberships(tx, std::span(&whose, 1), now);
  tx.OnCommit([&deps] { deps.wake(kDriveMemberships); });
  if (user.status != "erased") return;
  erasure::Note(tx, {user.tenant, user.user, user.version, now});
  const int links = store::ForgetLinks(tx, user.tenant, user.user);
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = cause,
                     .action = "ErasePerson",
                     .subject = user.user.ToString(),
                     .detail = "{\"telegram_links\":" + std::to_string(links) + "}"});
  Forget(tx, cause, now);
}

void EraseAgain(Deps& deps, db::Tx& tx, const erasure::Erased& erased) {
  const auto known = store::FindUser(tx, erased.tenant, erased.user);
  KnownUser user{
      .tenant = erased.tenant, .user = erased.user, .locale = known ? known->locale : "en", .status = "erased", .version = erased.version};
  ChangeStanding(deps, tx, user, {.actor = "system:erasure_ledger", .traceparent = {}});
}

Task<int> ForgetErased(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(
      db::Scope::System(), [now](db::Tx& tx) { return Forget(tx, {.actor = "system:forget_erased", .traceparent = {}}, now); });
  co_return gone;
}

}  // namespace quittance::subscriptions
