// One statement to delete, one to read, both in one transaction that does not wait for the disk: rows that come back after a crash of the
// database are published twice, and the inbox of each consumer takes that.
#include "common/events/outbox_reader.h"

#include <algorithm>
#include <iterator>

namespace quittance::events {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kBatchBytesMax = 8 << 20;  // of data; a single event may always pass
constexpr milliseconds kSweepEvery{1000};
constexpr int kSweepShare = 20;  // a sweep that is slow comes less often: at most a twentieth of the time
constexpr int kSweepMax = 5000;  // more than are ever handed out at a time

// The snapshot's own bounds come with the rows: one statement, one snapshot. $1 found by a sweep, $2 the floor, $3 handed out (thousands in
// a backlog: looked up in a hash), $4 rows, $5 bytes.
constexpr const char* kRead = R"(
    SELECT id, tenant_id, event_id, type, key, sequence, time, traceparent, data,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin_now
      FROM (SELECT r.*, sum(octet_length(data)) OVER (ORDER BY id) - octet_length(data) AS bytes_before
              FROM (SELECT * FROM outbox WHERE id = ANY($1::bigint[]) AND id <= $2
                    UNION ALL
                    (SELECT * FROM outbox WHERE id > $2 AND id NOT IN (SELECT unnest($3::bigint[])) ORDER BY id LIMIT $4)) AS r) AS s
     WHERE bytes_before < $5
     ORDER BY id)";

std::string Ids(const std::vector<std::int64_t>& ids) {
  return db::ArrayOf(ids, [](std::int64_t id) { return id; });
}

void DeleteRows(db::Tx& tx, const std::vector<std::int64_t>& acked) {
  if (!acked.empty()) tx.Exec("DELETE FROM outbox WHERE id = ANY($1::bigint[])", Ids(acked));
}

std::vector<OutboxRow> ToRows(const db::Rows& rows) {
  std::vector<OutboxRow> found;
  found.reserve(static_cast<std::size_t>(rows.size()));
  for (const auto& row : rows) {
    Event event;
    event.id = row.Get<Uuid>("event_id");
    event.tenant = row.Get<TenantId>("tenant_id");
    event.type = row.Get<std::string>("type");
    event.key = row.Get<std::string>("key");
    event.sequence = row.Get<std::int64_t>("sequence");
    event.time = row.Get<TimePoint>("time");
    event.traceparent = row.Get<std::string>("traceparent");
    event.data = row.Get<db::Bytes>("data").data;
    found.push_back({row.Get<std::int64_t>("id"), std::move(event)});
  }
  return found;
}

std::int64_t BytesOf(const std::vector<OutboxRow>& rows) {
  std::int64_t bytes = 0;
  for (const OutboxRow& row : rows) bytes += static_cast<std::int64_t>(row.event.data.size());
  return bytes;
}

}  // namespace

void OutboxReader::Rewind() {
  last_ = 0;
  floor_ = 0;
  marks_.clear();
  found_.clear();
  handed_out_.clear();
  next_sweep_ = {};
  caught_up_ = false;
}

// Rows at or below the highest id that are there and were not handed out.
std::vector<std::int64_t> OutboxReader::Sweep(db::Tx& tx) {
  const SteadyTime begun = steady_clock::now();
  std::vector<std::int64_t> found;
  for (const auto& row : tx.Exec("SELECT id FROM outbox WHERE id <= $1 ORDER BY id LIMIT $2", last_, kSweepMax)) {
    const auto id = row.Get<std::int64_t>("id");
    if (!handed_out_.contains(id) && found.size() < static_cast<std::size_t>(batch_)) found.push_back(id);
  }
  next_sweep_ = steady_clock::now() + std::max<SteadyTime::duration>(kSweepEvery, (steady_clock::now() - begun) * kSweepShare);
  return found;
}

OutboxReader::Page OutboxReader::Read(db::Tx& tx) const {
  std::vector<std::int64_t> above;
  std::copy_if(handed_out_.begin(), handed_out_.end(), std::back_inserter(above), [&](std::int64_t id) { return id > floor_; });
  const auto rows = tx.Exec(kRead, Ids(found_), floor_, Ids(above), batch_, kBatchBytesMax);
  Page page;
  page.rows = ToRows(rows);
  page.whole = page.rows.size() < static_cast<std::size_t>(batch_) && BytesOf(page.rows) < kBatchBytesMax;
  if (!rows.empty()) {
    page.xmin = rows.front().Get<std::int64_t>("xmin_now");
    // Drawn after the read: a snapshot's own xmax is only behind the last that completed, and higher ones may be under way.
    page.next = tx.Exec("SELECT pg_current_xact_id()::text::bigint AS id").front().Get<std::int64_t>("id");
  }
  return page;
}

std::vector<OutboxRow> OutboxReader::Exchange(const std::vector<std::int64_t>& acked) {
  const bool sweep = last_ > 0 && steady_clock::now() >= next_sweep_;
  std::vector<std::int64_t> found;
  auto page = db_.TransactSync(db::Scope::SystemRelaxed(), [&](db::Tx& tx) {
    if (sweep) found = Sweep(tx);
    auto read = Read(tx);
    DeleteRows(tx, acked);
    return read;
  });
  for (const std::int64_t id : acked) handed_out_.erase(id);
  Took(page);
  found_.clear();
  std::copy_if(found.begin(), found.end(), std::back_inserter(found_), [&](std::int64_t id) { return !handed_out_.contains(id); });
  caught_up_ = page.whole && found_.empty();
  return std::move(page.rows);
}

void OutboxReader::Delete(const std::vector<std::int64_t>& acked) {
  db_.TransactSync(db::Scope::SystemRelaxed(), [&](db::Tx& tx) { DeleteRows(tx, acked); });
  for (const std::int64_t id : acked) handed_out_.erase(id);
}

void OutboxReader::Took(const Page& page) {
  for (const OutboxRow& row : page.rows) handed_out_.insert(row.id);
  if (page.rows.empty()) return;
  last_ = std::max(last_, page.rows.back().id);
  // This read saw whatever the transactions of an older mark left behind, as far as it went.
  while (!marks_.empty() && marks_.front().next <= page.xmin && (page.whole || marks_.front().id <= page.rows.back().id)) {
    floor_ = std::max(floor_, marks_.front().id);
    marks_.pop_front();
  }
  marks_.push_back({page.next, last_});
}

}  // namespace quittance::events
