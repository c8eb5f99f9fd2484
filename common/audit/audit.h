// The audit trail: a row in the transaction of what it describes (table audit_log in every database). Sealing into a hash chain comes from
// a sealer of its own, so that auditing takes no lock on a hot path. Invariant: no secret and no personal data in `detail`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/core/caller.h"
#include "common/core/time.h"
#include "common/db/tx.h"

namespace quittance::audit {

struct Entry {
  TenantId tenant;
  TimePoint time;
  Cause cause;
  std::string action;   // the use case: RefundPayment
  std::string subject;  // the thing's id
  std::string detail;   // a JSON object, may be empty
  Uuid event{};         // the event it published, zero if none
};

void Append(db::Tx& tx, std::span<const Entry> entries);
inline void Append(db::Tx& tx, const Entry& entry) { Append(tx, std::span(&entry, 1)); }

// A stored entry.
struct Row {
  std::int64_t id = 0;  // position in the trail
  Uuid entry_id{};      // what the outside calls it
  Entry entry;
};

struct Filter {
  std::string subject;  // empty: all
  std::string action;   // empty: all
};

// Up to `limit` rows behind position `after`, oldest first.
std::vector<Row> List(db::Tx& tx, TenantId tenant, const Filter& filter, std::int64_t after, int limit);
// The same, of what was done to a person (`usr_…`) or by them.
std::vector<Row> ListAbout(db::Tx& tx, TenantId tenant, std::string_view person, std::int64_t after, int limit);

}  // namespace quittance::audit
