// CreateUser: the row, its key and its event in one transaction; the stored reply is sealed under the user's own key.
#include "services/auth/usecases/create_user.h"

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "services/auth/domain/locale.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/events.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/user_reply.h"

namespace quittance::auth {

Task<Result<db::Reply>> CreateUser(Deps& deps, CreateUserCommand command) {
  const TimePoint now = deps.clock.Now();
  const TenantId tenant_id = command.caller.tenant;
  const auto personal = ParsePersonal(command.personal);
  if (!personal) co_return personal.error();
  const auto locale = ParseLocale(command.locale, "", "locale");
  if (!locale) co_return locale.error();

  User user{.facts = {.tenant = tenant_id,
                      .id = deps.ids.New<UserId>(),
                      .locale = *locale,
                      .roles = {std::string(kRoleUser)},
                      .created = now,
                      .updated = now},
            .personal = *personal};
  const SealedPersonal sealed = deps.vault.SealPersonal(tenant_id, user.facts.id, user.personal);
  auto stored = co_await deps.db.Once(db::Scope::Of(tenant_id), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    if (user.facts.locale.empty()) {
      const auto tenant = store::FindTenant(tx, tenant_id);
      if (!tenant) return PermissionDenied();
      user.facts.locale = tenant->locale;
    }
    const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
    switch (store::InsertUser(tx, user.facts, sealed, events::UserCreated(user.facts, mark))) {
      case store::Taken::kEmail:
        return AlreadyExists("email");
      case store::Taken::kExternalId:
        return AlreadyExists("external_id");
      case store::Taken::kNothing:
        break;
    }
    audit::Append(tx, {.tenant = tenant_id,
                       .time = now,
                       .cause = command.cause,
                       .action = "CreateUser",
                       .subject = user.facts.id.ToString(),
                       .detail = "",
                       .event = mark.id});
    return SealUserReply(deps.vault, user, sealed.wrapped_key);
  });
  if (!stored) co_return stored.error();
  QUITTANCE_CRASH_POINT("auth.user.created");
  auto reply = co_await OpenUserReply(deps, tenant_id, *stored);
  co_return reply;
}

}  // namespace quittance::auth
