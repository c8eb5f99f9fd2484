// The relay's side of the outbox: hands every stored row out once, in order of id, and deletes what the broker has.
// Invariant: nothing is skipped. Ids become visible out of order, so below the highest id that was read the reader looks again: at once for
// ids that were missing beside their neighbours, and every second for any row that is still there. It reads above the highest id otherwise,
// so that rows which are deleted but cannot be vacuumed yet (a long transaction elsewhere) are not walked over again for each batch.
#pragma once

#include <map>
#include <unordered_set>
#include <vector>

#include "common/db/database.h"
#include "common/events/event.h"

namespace quittance::events {

struct OutboxRow {
  std::int64_t id = 0;
  Event event;
};

class OutboxReader {
 public:
  OutboxReader(db::Database& db, int batch) : db_(db), batch_(batch) {}

  // Deletes the acknowledged rows and reads up to `batch` that were not handed out yet, in one transaction. Throws Fault: nothing happened.
  std::vector<OutboxRow> Exchange(const std::vector<std::int64_t>& acked);
  // Only deletes.
  void Delete(const std::vector<std::int64_t>& acked);
  // What was handed out and not deleted is handed out again, from the lowest id.
  void Rewind();
  // Whether the last Exchange found less than there was room for.
  bool caught_up() const { return caught_up_; }

 private:
  std::vector<std::int64_t> Sweep(db::Tx& tx);
  std::vector<std::int64_t> Wanted(SteadyTime now);
  void Took(const std::vector<OutboxRow>& rows, SteadyTime now);

  db::Database& db_;
  const int batch_;
  std::int64_t last_ = 0;                        // the highest id that was read; 0: from the beginning
  std::map<std::int64_t, SteadyTime> missing_;   // ids below it that were not there, and since when
  std::vector<std::int64_t> found_;              // by the last sweep
  std::unordered_set<std::int64_t> handed_out_;  // and not deleted
  SteadyTime next_sweep_{};
  bool caught_up_ = false;
};

}  // namespace quittance::events
