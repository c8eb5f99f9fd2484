// SQL of the bootstrap mark.
#include "services/auth/store/bootstrap.h"

namespace quittance::auth::store {

bool ClaimBootstrap(db::Tx& tx, TimePoint now) {
  return tx.Exec("INSERT INTO bootstrap (done_at) VALUES ($1) ON CONFLICT DO NOTHING", now).affected() == 1;
}

}  // namespace quittance::auth::store
