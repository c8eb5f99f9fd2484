// Each change locks the account's row and leaves an audit row.
#include "services/auth/usecases/manage_service_accounts.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "common/events/outbox.h"
#include "services/auth/domain/session.h"
#include "services/auth/events.h"
#include "services/auth/store/service_accounts.h"
#include "services/auth/store/sessions.h"
#include "services/auth/store/tenants.h"

namespace quittance::auth {
namespace {

audit::Entry EntryOf(const ServiceAccountCommand& command, const char* action, const ServiceAccount& account, TimePoint now) {
  return {.tenant = account.tenant, .time = now, .cause = command.cause, .action = action, .subject = account.id.ToString(), .detail = ""};
}

}  // namespace

Task<Result<db::Reply>> RotateServiceAccountSecret(Deps& deps, ServiceAccountCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto id = ServiceAccountId::Parse(command.client_id, "client_id");
  if (!id) co_return id.error();
  const Duration overlap = command.overlap_seconds == 0 ? kOverlapDefault : Duration(std::chrono::seconds(command.overlap_seconds));
  if (command.overlap_seconds < 0 || overlap > kOverlapMax) co_return InvalidField("overlap_seconds", "must be 30 days at most");
  const Secret secret = NewClientSecret();
  const db::Scope scope = db::Scope::Of(command.caller.tenant);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto account = store::LockServiceAccount(tx, command.caller.tenant, *id);
    if (!account) return NotFound("client_id");
    if (!Usable(*account, now)) return Precondition(Reason::kStateConflict, "the account is disabled or over");
    store::AddSecret(tx, *account, deps.ids.Next(), HashSecret(secret.Reveal()), now + overlap, now);
    audit::Append(tx, EntryOf(command, "RotateServiceAccountSecret", *account, now));
    return events::SecretReply(*account, secret);
  });
  co_return reply;
}

Task<Result<db::Reply>> DisableServiceAccount(Deps& deps, ServiceAccountCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto id = ServiceAccountId::Parse(command.client_id, "client_id");
  if (!id) co_return id.error();
  const db::Scope scope = db::Scope::Of(command.caller.tenant);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    auto account = store::LockServiceAccount(tx, command.caller.tenant, *id);
    if (!account) return NotFound("client_id");
    if (account->disabled) return events::ServiceAccountStateReply(*account);
    account->disabled = true;
    account->epoch = 1 + std::max(account->epoch, store::ShareTenantEpoch(tx, account->tenant));
    store::DisableServiceAccount(tx, *account, now);
    const Revocation revocation{.tenant = account->tenant,
                                .subject = account->id.ToString(),
                                .session = std::nullopt,
                                .min_epoch = account->epoch,
                                .expires = now + kAccessTokenLife + kRevocationLeeway};
    store::InsertRevocation(tx, revocation, deps.ids.Next(), now);
    const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
    quittance::events::AppendToOutbox(tx, events::CredentialsRevoked(*account, revocation, mark));
    audit::Entry entry = EntryOf(command, "DisableServiceAccount", *account, now);
    entry.event = mark.id;
    audit::Append(tx, entry);
    return events::ServiceAccountStateReply(*account);
  });
  co_return reply;
}

Task<Result<ServiceAccountList>> ListServiceAccounts(Deps& deps, ListServiceAccountsQuery query) {
  const auto page = ParsePage(query.page_size, query.page_token);
  if (!page) co_return page.error();
  const TenantId tenant = query.caller.tenant;
  ServiceAccountList list;
  list.accounts =
      co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { return store::ListServiceAccounts(tx, tenant, *page); });
  if (!list.accounts.empty()) list.next_page_token = NextPageToken(*page, list.accounts.size(), list.accounts.back().id.uuid);
  co_return list;
}

}  // namespace quittance::auth
