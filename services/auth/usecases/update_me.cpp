// UpdateMe: language and phone of the person who calls. An address is not changed here: it is what a person proves themselves with.
#include <algorithm>

#include "common/audit/audit.h"
#include "services/auth/domain/contact.h"
#include "services/auth/domain/locale.h"
#include "services/auth/events.h"
#include "services/auth/store/factors.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/manage_users.h"
#include "services/auth/usecases/user_reply.h"

namespace quittance::auth {
namespace {

bool HasSms(const std::vector<Factor>& factors) {
  return std::any_of(factors.begin(), factors.end(),
                     [](const Factor& factor) { return factor.confirmed && factor.kind == FactorKind::kSms; });
}

}  // namespace

Task<Result<db::Reply>> UpdateMe(Deps& deps, UpdateMeCommand command) {
  const TimePoint now = deps.clock.Now();
  const Caller& caller = command.user.caller;
  if (!caller.user) co_return PermissionDenied();
  std::optional<std::string> phone = command.phone;
  if (phone && !phone->empty()) {
    const auto parsed = ParsePhone(*phone, "phone");
    if (!parsed) co_return parsed.error();
    phone = *parsed;
  }
  if (command.locale) {
    if (const auto locale = ParseLocale(*command.locale, "", "locale"); !locale || locale->empty()) {
      co_return InvalidField("locale", "must be fr or en");
    }
  }
  const TenantId tenant = caller.tenant;
  const UserId id = *caller.user;
  auto stored = co_await deps.db.Once(db::Scope::Of(tenant, id), command.user.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto locked = store::LockUser(tx, tenant, id);
    const auto key = store::FindUserKey(tx, tenant, id);
    if (!locked || !key || locked->facts.status != UserStatus::kActive) return PermissionDenied();
    UserFacts user = locked->facts;
    if (command.locale) user.locale = *command.locale;
    user.version += 1;
    user.updated = now;
    if (phone && HasSms(store::FindFactors(tx, tenant, id))) {
      return Precondition(Reason::kStateConflict, "codes go to this phone: remove the factor first");
    }
    if (phone) {
      std::optional<std::string> sealed;
      if (!phone->empty()) sealed = deps.vault.SealForUser(tenant, id, *key, "phone", *phone);
      store::PutPhone(tx, tenant, id, sealed);
    }
    const events::Mark mark{deps.ids.Next(), now, command.user.cause.traceparent};
    store::SaveUser(tx, user, events::UserUpdated(user, mark));
    audit::Append(tx, {.tenant = tenant,
                       .time = now,
                       .cause = command.user.cause,
                       .action = "UpdateMe",
                       .subject = id.ToString(),
                       .detail = "",
                       .event = mark.id});
    return UserReplyOf(deps, tx, tenant, id);
  });
  if (!stored) co_return stored.error();
  auto reply = co_await OpenUserReply(deps, tenant, *stored);
  co_return reply;
}

}  // namespace quittance::auth
