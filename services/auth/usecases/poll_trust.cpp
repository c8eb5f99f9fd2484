// PollTrust: one read transaction; the cursor is taken before the rows are, so that nothing falls between them.
#include "services/auth/usecases/poll_trust.h"

#include "services/auth/store/trust.h"

namespace quittance::auth {

Task<Result<TrustNews>> PollTrust(Deps& deps, std::string cursor) {
  if (!store::IsCursor(cursor)) co_return InvalidField("cursor", "must be empty or come from an earlier answer");
  const TimePoint now = deps.clock.Now();
  auto news = co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) {
    store::Changes changes = store::FindChanges(tx, cursor, now);
    return TrustNews{std::move(changes.cursor), store::FindSigningKeys(tx), std::move(changes.revocations), std::move(changes.tenants)};
  });
  co_return news;
}

}  // namespace quittance::auth
