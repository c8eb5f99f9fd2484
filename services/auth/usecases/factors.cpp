// Each change is one transaction in the scope of the one person: factor before user, event and audit row with it.
#include "services/auth/usecases/factors.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "services/auth/credentials/totp.h"
#include "services/auth/events.h"
#include "services/auth/store/factors.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"

namespace quittance::auth {
namespace {

std::string ColumnOf(const FactorId& id) { return "factor:" + id.uuid.Hex(); }

bool HasConfirmed(const std::vector<Factor>& factors) {
  return std::any_of(factors.begin(), factors.end(), [](const Factor& factor) { return factor.confirmed; });
}

db::Scope ScopeOf(const Caller& caller) { return db::Scope::Of(caller.tenant, *caller.user); }

// What an authenticator shows beside the codes.
std::string AccountName(const Vault& vault, const store::StoredUser& user) {
  const Personal personal = vault.OpenPersonal(user.facts.tenant, user.facts.id, user.personal);
  return personal.email.empty() ? user.facts.id.ToString() : personal.email;
}

}  // namespace

// The person is told by mail; the trail says what.
void RecordFactorChange(Deps& deps, db::Tx& tx, const FactorCommand& command, const char* action, const std::string& change,
                        TimePoint now) {
  const auto locked = store::LockUser(tx, command.caller.tenant, *command.caller.user);
  if (!locked) return;
  UserFacts user = locked->facts;
  user.version += 1;
  user.updated = now;
  const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
  store::SaveUser(tx, user, events::FactorChanged(user, change, mark));
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = command.cause,
                     .action = action,
                     .subject = user.id.ToString(),
                     .detail = "{\"change\":\"" + change + "\"}",
                     .event = mark.id});
}

std::string SealFactorSecret(const Vault& vault, const Factor& factor, std::string_view wrapped_key, std::string_view secret) {
  return vault.SealForUser(factor.tenant, factor.user, wrapped_key, ColumnOf(factor.id), secret);
}

Secret OpenFactorSecret(const Vault& vault, const Factor& factor, std::string_view wrapped_key) {
  return Secret(vault.OpenForUser(factor.tenant, factor.user, wrapped_key, ColumnOf(factor.id), factor.sealed));
}

Task<Result<FactorList>> ListFactors(Deps& deps, Caller caller) {
  if (!caller.user) co_return PermissionDenied();
  const db::Scope scope = ScopeOf(caller);
  auto list = co_await deps.db.Transact(scope, [&](db::Tx& tx) {
    return FactorList{store::FindFactors(tx, caller.tenant, *caller.user), store::CountRecoveryCodes(tx, caller.tenant, *caller.user)};
  });
  co_return list;
}

Task<Result<db::Reply>> EnrollTotp(Deps& deps, FactorCommand command) {
  const TimePoint now = deps.clock.Now();
  if (!command.caller.user) co_return PermissionDenied();
  const TenantId tenant_id = command.caller.tenant;
  const UserId user_id = *command.caller.user;
  const Secret key = NewTotpKey();
  const db::Scope scope = ScopeOf(command.caller);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto user = store::FindUser(tx, tenant_id, user_id);
    const auto tenant = store::FindTenant(tx, tenant_id);
    if (!user || !tenant || user->facts.status != UserStatus::kActive) return PermissionDenied();
    for (const Factor& factor : store::FindFactors(tx, tenant_id, user_id)) {
      if (factor.confirmed && factor.kind == FactorKind::kTotp) return AlreadyExists("totp");
    }
    Factor factor{.tenant = tenant_id, .id = deps.ids.New<FactorId>(), .user = user_id, .sealed = {}, .created = now};
    factor.sealed = SealFactorSecret(deps.vault, factor, user->personal.wrapped_key, key.Reveal());
    store::InsertFactor(tx, factor);
    audit::Append(
        tx,
        {.tenant = tenant_id, .time = now, .cause = command.cause, .action = "EnrollTotp", .subject = user_id.ToString(), .detail = ""});
    return events::TotpReply(factor.id, Secret(Base32(key.Reveal())),
                             Secret(TotpUri(tenant->display_name, AccountName(deps.vault, *user), key)));
  });
  co_return reply;
}

Task<Result<db::Reply>> ConfirmTotp(Deps& deps, FactorCommand command) {
  const TimePoint now = deps.clock.Now();
  if (!command.caller.user) co_return PermissionDenied();
  const auto id = FactorId::Parse(command.factor_id, "factor_id");
  if (!id) co_return id.error();
  const TenantId tenant = command.caller.tenant;
  const UserId user = *command.caller.user;
  const db::Scope scope = ScopeOf(command.caller);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    auto factor = store::LockFactor(tx, tenant, user, *id);
    const auto key = store::FindUserKey(tx, tenant, user);
    if (!factor || !key || factor->kind != FactorKind::kTotp) return PermissionDenied();
    if (factor->confirmed) return Precondition(Reason::kStateConflict, "this factor is confirmed already");
    const auto step = TotpStep(OpenFactorSecret(deps.vault, *factor, *key), command.code, now);
    if (!step) return InvalidField("code", "must be the code that the authenticator shows now");
    factor->confirmed = true;
    store::ConfirmFactor(tx, *factor, *step, now);
    RecordFactorChange(deps, tx, command, "ConfirmTotp", "totp_added", now);
    return events::FactorReply(*factor);
  });
  co_return reply;
}

Task<Result<db::Reply>> RemoveFactor(Deps& deps, FactorCommand command) {
  const TimePoint now = deps.clock.Now();
  if (!command.caller.user) co_return PermissionDenied();
  const auto id = FactorId::Parse(command.factor_id, "factor_id");
  if (!id) co_return id.error();
  const TenantId tenant = command.caller.tenant;
  const UserId user = *command.caller.user;
  const db::Scope scope = ScopeOf(command.caller);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto factor = store::LockFactor(tx, tenant, user, *id);
    if (!factor) return PermissionDenied();
    if (factor->confirmed && !command.caller.second_factor) return StepUpRequired();
    store::DeleteFactor(tx, *factor);
    if (!HasConfirmed(store::FindFactors(tx, tenant, user))) store::ReplaceRecoveryCodes(tx, tenant, user, {}, now);
    RecordFactorChange(deps, tx, command, "RemoveFactor", std::string(Name(factor->kind)) + "_removed", now);
    return events::EmptyReply();
  });
  co_return reply;
}

Task<Result<db::Reply>> GenerateRecoveryCodes(Deps& deps, FactorCommand command) {
  const TimePoint now = deps.clock.Now();
  if (!command.caller.user) co_return PermissionDenied();
  const TenantId tenant = command.caller.tenant;
  const UserId user = *command.caller.user;
  std::vector<Secret> codes;
  std::vector<std::string> hashes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    codes.push_back(NewRecoveryCode());
    hashes.push_back(deps.vault.RecoveryCodeHash(user, *NormalizedRecoveryCode(codes.back().Reveal())));
  }
  const db::Scope scope = ScopeOf(command.caller);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    if (!HasConfirmed(store::FindFactors(tx, tenant, user))) {
      return Precondition(Reason::kStateConflict, "recovery codes stand in for a second factor, and there is none");
    }
    store::ReplaceRecoveryCodes(tx, tenant, user, hashes, now);
    RecordFactorChange(deps, tx, command, "GenerateRecoveryCodes", "recovery_codes_generated", now);
    return events::RecoveryCodesReply(codes);
  });
  co_return reply;
}

}  // namespace quittance::auth
