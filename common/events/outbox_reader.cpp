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
constexpr std::size_t kMissingMax = 1000;         // ids looked for one by one; what is beyond, a sweep finds
constexpr milliseconds kMissingFor{2000};         // longer than a transaction usually takes
constexpr milliseconds kSweepEvery{1000};
constexpr int kSweepShare = 20;  // a sweep that is slow comes less often: at most a twentieth of the time
constexpr int kSweepMax = 5000;  // more than are ever handed out at a time

// The plans of an outbox that was empty a moment ago must not be those of a backlog: always by the primary key.
constexpr const char* kSettings = R"(
    SELECT set_config('synchronous_commit', 'off', true), set_config('enable_seqscan', 'off', true),
           set_config('enable_bitmapscan', 'off', true))";

constexpr const char* kRead = R"(
    SELECT id, tenant_id, event_id, type, key, sequence, time, traceparent, data
      FROM (SELECT r.*, sum(octet_length(data)) OVER (ORDER BY id) - octet_length(data) AS bytes_before
              FROM (SELECT * FROM outbox WHERE id = ANY($1::bigint[])
                    UNION ALL
                    (SELECT * FROM outbox WHERE id > $2 ORDER BY id LIMIT $3)) AS r) AS s
     WHERE bytes_before < $4
     ORDER BY id)";

std::string Ids(const std::vector<std::int64_t>& ids) {
  return db::ArrayOf(ids, [](std::int64_t id) { return id; });
}

void DeleteRows(db::Tx& tx, const std::vector<std::int64_t>& acked) {
  tx.Exec(kSettings);
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
  missing_.clear();
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

std::vector<std::int64_t> OutboxReader::Wanted(SteadyTime now) {
  std::vector<std::int64_t> wanted = found_;
  for (auto it = missing_.begin(); it != missing_.end();) {
    if (now - it->second > kMissingFor) {
      it = missing_.erase(it);
    } else {
      wanted.push_back((it++)->first);
    }
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  return wanted;
}

std::vector<OutboxRow> OutboxReader::Exchange(const std::vector<std::int64_t>& acked) {
  const SteadyTime begun = steady_clock::now();
  const bool sweep = last_ > 0 && begun >= next_sweep_;
  const std::vector<std::int64_t> wanted = Wanted(begun);
  std::vector<std::int64_t> found;
  auto rows = db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    DeleteRows(tx, acked);
    if (sweep) found = Sweep(tx);
    return ToRows(tx.Exec(kRead, Ids(wanted), last_, batch_, kBatchBytesMax));
  });
  for (const std::int64_t id : acked) handed_out_.erase(id);
  Took(rows, begun);
  found_.clear();
  std::copy_if(found.begin(), found.end(), std::back_inserter(found_), [&](std::int64_t id) { return !handed_out_.contains(id); });
  caught_up_ = rows.size() < static_cast<std::size_t>(batch_) && BytesOf(rows) < kBatchBytesMax && found_.empty();
  return rows;
}

void OutboxReader::Delete(const std::vector<std::int64_t>& acked) {
  db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) { DeleteRows(tx, acked); });
  for (const std::int64_t id : acked) handed_out_.erase(id);
}

void OutboxReader::Took(const std::vector<OutboxRow>& rows, SteadyTime now) {
  for (const OutboxRow& row : rows) {
    handed_out_.insert(row.id);
    missing_.erase(row.id);
    if (row.id <= last_) continue;
    for (std::int64_t id = last_ + 1; last_ > 0 && id < row.id && missing_.size() < kMissingMax; ++id) missing_.emplace(id, now);
    last_ = row.id;
  }
}

}  // namespace quittance::events
