// Who was erased, kept outside the dumps: a small database of its own (deploy/erasures.sql), and in every service's database the table
// `erasures` of those it has followed. A restored database knows fewer than the ledger; Replay applies the rest, before the service is
// ready. Invariant: rows are only added; a person is applied to a database once, in the transaction that says so.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "common/core/time.h"
#include "common/db/database.h"

namespace quittance::erasure {

struct Erased {
  TenantId tenant;
  UserId user;
  std::int64_t version = 0;  // of the user, in auth: what projections of it compare
  TimePoint time{};
};

// In the transaction that erases. False: this database has followed it before. `recorded`: the ledger has it already (only auth writes
// there).
bool Note(db::Tx& tx, const Erased& erased, bool recorded = true);

class Ledger {
 public:
  Ledger(const Secret& url, metrics::Registry& metrics);

  // Those that are there already stay as they are.
  Task<void> Record(std::span<const Erased> erased);
  // Up to `limit` behind the person `after`, by tenant and user.
  std::vector<Erased> ReadSync(const Erased& after, int limit);
  bool Reachable() { return db_.Reachable(); }

 private:
  db::Database db_;
};

// Auth: what this database noted and the ledger may not have yet; how many. Ledger down: Fault, they stay noted.
Task<int> RecordNoted(Ledger& ledger, db::Database& system);

// The service's own erasure of one person.
using Apply = std::function<void(db::Tx& tx, const Erased& erased)>;
// Blocks; how many were applied. Throws Fault while one of the two databases is down.
int Replay(Ledger& ledger, db::Database& system, const Apply& apply);

}  // namespace quittance::erasure
