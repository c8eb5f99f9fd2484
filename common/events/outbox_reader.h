// The relay's side of the outbox: hands every stored row out once, in order of id, and deletes what the broker has.
// Invariant: nothing is skipped, and no row goes before one with a lower id that was committed earlier. Ids become visible out of order, so
// every read begins at a floor below which nothing can appear any more: all transactions that ran when the ids up to it were read have
// ended since (a transaction id drawn after that read is not above the xmin of a later one). What appears below the floor nevertheless (an
// id drawn before its transaction had a number) is found by a sweep every second. Rows below the floor are not walked over again, though
// they cannot be vacuumed while an old snapshot is held elsewhere.
#pragma once

#include <deque>
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
  struct Page {
    std::vector<OutboxRow> rows;
    std::int64_t xmin = 0;  // of the read's snapshot: every transaction below has ended
    std::int64_t next = 0;  // a transaction id that was drawn after the read: whoever had one by then has a lower one
    bool whole = false;     // there was room for more
  };
  // The ids up to `id` were read when transactions below `next` may have been under way.
  struct Mark {
    std::int64_t next;
    std::int64_t id;
  };
  std::vector<std::int64_t> Sweep(db::Tx& tx);
  Page Read(db::Tx& tx) const;
  void Took(const Page& page);

  db::Database& db_;
  const int batch_;
  std::int64_t last_ = 0;                        // the highest id that was read; 0: from the beginning
  std::int64_t floor_ = 0;                       // reads begin above it
  std::deque<Mark> marks_;                       // to what the floor will rise
  std::vector<std::int64_t> found_;              // by the last sweep
  std::unordered_set<std::int64_t> handed_out_;  // and not deleted
  SteadyTime next_sweep_{};
  bool caught_up_ = false;
};

}  // namespace quittance::events
