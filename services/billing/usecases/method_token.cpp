// Sealing of tokens, bound to tenant, table, column and row.
#include "services/billing/usecases/method_token.h"

#include "services/billing/store/payment_methods.h"
#include "services/billing/usecases/access.h"

namespace quittance::billing {
namespace {

crypto::Place PlaceOf(TenantId tenant, const std::string& row) { return {tenant, "payment_methods", "token", row}; }

}  // namespace

std::string SealToken(db::Tx& tx, const Deps& deps, TenantId tenant, PaymentMethodId id, const Secret& token) {
  const auto row = id.ToString();
  return crypto::Seal(*deps.keyring, settings::TenantKey(tx, tenant, *deps.keyring), tenant.ToString(), PlaceOf(tenant, row),
                      token.Reveal());
}

std::string OpenToken(db::Tx& tx, const Deps& deps, TenantId tenant, PaymentMethodId id, const std::string& sealed) {
  const auto row = id.ToString();
  return crypto::Open(*deps.keyring, settings::TenantKey(tx, tenant, *deps.keyring), tenant.ToString(), PlaceOf(tenant, row), sealed);
}

Task<Result<NamedMethod>> NameMethod(Deps& deps, Caller caller, TenantId tenant, UserId user, PaymentMethodId id, std::string connection) {
  const TimePoint now = deps.clock.Now();
  auto named = co_await deps.db.Transact(ScopeOf(caller), [&](db::Tx& tx) -> Result<NamedMethod> {
    auto method = store::FindMethod(tx, {tenant, id});
    if (!method || method->user != user) return Missing(caller, "payment_method_id");
    if (!connection.empty() && connection != method->connection) {
      return InvalidField("connection", "must be the one that keeps the payment method, or be left out");
    }
    if (IsExpired(*method, now)) return Precondition(Reason::kStateConflict, "this payment method has expired", {{"state", "expired"}});
    Secret token(OpenToken(tx, deps, tenant, id, store::SealedToken(tx, {tenant, id})));
    return NamedMethod{std::move(*method), std::move(token)};
  });
  co_return named;
}

Task<Result<Chosen>> ChosenFor(Deps& deps, TenantId tenant, Attempt attempt) {
  auto chosen = co_await ConnectionOf(deps, tenant, attempt.connection);
  if (!chosen || !attempt.method) co_return chosen;
  auto token = co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) -> std::optional<std::string> {
    const auto sealed = store::AnyToken(tx, {tenant, *attempt.method});
    if (!sealed) return std::nullopt;
    return OpenToken(tx, deps, tenant, *attempt.method, *sealed);
  });
  if (!token) co_return NotFound("payment_method_id");
  chosen->method = attempt.method;
  chosen->method_token = Secret(std::move(*token));
  co_return chosen;
}

}  // namespace quittance::billing
