// Local effects under their keys. The token is sealed before it reaches a row, and its fingerprint is keyed, so that nobody who reads the
// table can tell whether two tenants know the same one.
#include "services/billing/usecases/payment_methods.h"

#include "common/audit/audit.h"
#include "services/billing/domain/life.h"
#include "services/billing/events.h"
#include "services/billing/store/payment_methods.h"
#include "services/billing/usecases/access.h"
#include "services/billing/usecases/connections.h"
#include "services/billing/usecases/jobs.h"
#include "services/billing/usecases/method_token.h"
#include "services/billing/usecases/resume.h"

namespace quittance::billing {
namespace {

constexpr Duration kTellAgainAfter = std::chrono::minutes(10);
constexpr int kTellsMax = 8;

std::string Fingerprint(const Deps& deps, TenantId tenant, const AddPaymentMethodCommand& command) {
  return crypto::BlindIndex(*deps.keyring, "payment_method",
                            tenant.ToString() + "\n" + command.method.connection + "\n" + std::string(command.token.Reveal()));
}

void Audit(db::Tx& tx, Deps& deps, const Cause& cause, TenantId tenant, const char* action, PaymentMethodId id) {
  audit::Append(tx, {tenant, deps.clock.Now(), cause, action, id.ToString(), "", {}});
}

Result<db::Reply> Add(db::Tx& tx, Deps& deps, const AddPaymentMethodCommand& command, const PaymentMethod& method) {
  const auto tenant = command.once.tenant;
  const TimePoint now = deps.clock.Now();
  store::LockMethodsOf(tx, tenant, method.user);
  const bool first = !store::HasMethods(tx, tenant, method.user);
  const store::NewMethod row{tenant, method, SealToken(tx, deps, tenant, method.id, command.token), Fingerprint(deps, tenant, command)};
  if (!store::InsertMethod(tx, row)) {
    auto error = AlreadyExists("token");
    if (const auto known = store::MethodWith(tx, tenant, method.user, row.fingerprint))
      error.metadata["payment_method_id"] = known->ToString();
    return error;
  }
  if (first || command.make_default) store::SetDefaultMethod(tx, {tenant, method.id}, method.user, now);
  Audit(tx, deps, command.cause, tenant, "AddPaymentMethod", method.id);
  return events::ReplyOf(*store::FindMethod(tx, {tenant, method.id}), now);
}

Task<void> TellOne(Deps& deps, store::DueTell due) {
  const auto scope = db::Scope::Of(due.method.tenant);
  auto chosen = co_await ConnectionOf(deps, due.method.tenant, due.connection);
  auto outcome = psp::Deleted::kUnknown;
  if (chosen) {
    const auto token = co_await deps.db.Transact(
        scope, [&](db::Tx& tx) { return OpenToken(tx, deps, due.method.tenant, due.method.id, due.sealed_token); });
    psp::MethodCall call{"method:" + due.method.id.ToString(), token, ""};
    outcome = co_await chosen->psp->DeletePaymentMethod(chosen->connection, std::move(call));
  }
  if (outcome == psp::Deleted::kUnknown && due.tells < kTellsMax) co_return;  // its next look stands already
  if (outcome == psp::Deleted::kUnknown) deps.metrics.methods_stuck.Add();
  co_await deps.db.Transact(scope, [&](db::Tx& tx) { store::EndTell(tx, due.method); });
}

}  // namespace

Task<Result<db::Reply>> AddPaymentMethod(Deps& deps, AddPaymentMethodCommand command) {
  if (auto ok = CheckMethod(command.token.Reveal(), command.method); !ok) co_return ok.error();
  auto chosen = co_await ConnectionOf(deps, command.once.tenant, command.method.connection);
  if (!chosen) {
    auto refusal = co_await RefuseUnlessReplayed(deps, command.once, chosen.error());
    co_return refusal;
  }
  auto method = command.method;
  command.method.connection = method.connection = chosen->connection.name;
  method.id = deps.ids.New<PaymentMethodId>();
  method.psp = chosen->psp->provider();
  method.create_time = method.update_time = deps.clock.Now();
  auto reply =
      co_await deps.db.Once(db::Scope::Of(command.once.tenant), command.once, [&](db::Tx& tx) { return Add(tx, deps, command, method); });
  co_return reply;
}

Task<Result<PaymentMethod>> GetPaymentMethod(Deps& deps, Caller caller, PaymentMethodId method) {
  auto found = co_await deps.db.Transact(ScopeOf(caller), [&](db::Tx& tx) { return store::FindMethod(tx, {caller.tenant, method}); });
  if (!found) co_return Missing(caller, "payment_method_id");
  co_return std::move(*found);
}

Task<Result<MethodPage>> ListPaymentMethods(Deps& deps, ListPaymentMethodsQuery query) {
  const store::MethodFilter filter{query.caller.tenant, query.user};
  MethodPage page;
  page.methods = co_await deps.db.Transact(ScopeOf(query.caller), [&](db::Tx& tx) { return store::ListMethods(tx, filter, query.page); });
  if (!page.methods.empty()) page.next_page_token = NextPageToken(query.page, page.methods.size(), page.methods.back().id.uuid);
  co_return page;
}

Task<Result<db::Reply>> SetDefaultPaymentMethod(Deps& deps, ChangePaymentMethodCommand command) {
  const store::MethodKey key{command.once.tenant, command.method};
  auto reply = co_await deps.db.Once(ScopeOf(command.caller), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const TimePoint now = deps.clock.Now();
    const auto named = store::FindMethod(tx, key);
    if (!named) return Missing(command.caller, "payment_method_id");
    store::LockMethodsOf(tx, key.tenant, named->user);
    const auto method = store::LockMethod(tx, key);
    if (!method) return Missing(command.caller, "payment_method_id");
    store::SetDefaultMethod(tx, key, method->user, now);
    Audit(tx, deps, command.cause, key.tenant, "SetDefaultPaymentMethod", key.id);
    return events::ReplyOf(*store::FindMethod(tx, key), now);
  });
  co_return reply;
}

Task<Result<db::Reply>> DeletePaymentMethod(Deps& deps, ChangePaymentMethodCommand command) {
  const store::MethodKey key{command.once.tenant, command.method};
  auto reply = co_await deps.db.Once(ScopeOf(command.caller), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const TimePoint now = deps.clock.Now();
    auto method = store::LockMethod(tx, key);
    if (!method) return Missing(command.caller, "payment_method_id");
    store::DeleteMethod(tx, key, now);
    Audit(tx, deps, command.cause, key.tenant, "DeletePaymentMethod", key.id);
    tx.OnCommit([wake = deps.ports.wake] {
      if (wake) wake("tell_deleted_methods");
    });
    method->is_default = false;
    return events::ReplyOf(*method, now);
  });
  co_return reply;
}

Task<int> TellDeletedMethods(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const auto due = co_await deps.system_db.Transact(db::Scope::System(),
                                                    [&](db::Tx& tx) { return store::ClaimTells(tx, now, now + kTellAgainAfter, kDueMax); });
  for (const auto& tell : due) co_await TellOne(deps, tell);
  co_return static_cast<int>(due.size());
}

}  // namespace quittance::billing
