// Invariant: an approval is captured for an open attempt of an intent that nobody ended.
#include "services/billing/usecases/advance.h"

#include <algorithm>

#include "services/billing/store/facts.h"

namespace quittance::billing {
namespace {

bool IsOver(db::Tx& tx, const Payment& payment) {
  const store::PaymentKey key{payment.tenant, payment.id};
  const auto facts = store::FindFacts(tx, {key});
  const auto known = facts.find(key);
  if (known == facts.end()) return false;
  return std::any_of(known->second.begin(), known->second.end(),
                     [](const Fact& fact) { return fact.kind == FactKind::kCanceled || fact.kind == FactKind::kExpired; });
}

}  // namespace

Task<PspNews> AdvanceAttempt(Deps& deps, Payment payment, AttemptId id, std::string key, Chosen chosen) {
  const auto* attempt = payment.Find(id);
  CHECK(attempt != nullptr);
  psp::ExistingPayment existing{std::move(key), payment.id, id, attempt->psp_reference, payment.amount, attempt->create_time};
  bool forward = chosen.psp->capabilities().approval && IsOpen(attempt->status);
  if (forward) {
    const bool over = co_await deps.db.Transact(db::Scope::Of(payment.tenant), [&](db::Tx& tx) { return IsOver(tx, payment); });
    forward = !over;
  }
  PspNews news;
  if (forward) {
    news = co_await chosen.psp->Advance(chosen.connection, std::move(existing));
  } else {
    news = co_await chosen.psp->Query(chosen.connection, std::move(existing));
  }
  co_return news;
}

}  // namespace quittance::billing
