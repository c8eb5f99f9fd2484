// SQL of the ledger and of the table that follows it.
#include "common/erasure/ledger.h"

namespace quittance::erasure {
namespace {

constexpr int kBatch = 500;

db::DatabaseOptions OptionsOf(const Secret& url) {
  db::DatabaseOptions options;
  options.name = "erasure_ledger";
  options.url = url;
  options.connections = 1;
  return options;
}

std::vector<Erased> Read(const db::Rows& rows) {
  std::vector<Erased> read;
  for (const auto row : rows) {
    read.push_back(
        {row.Get<TenantId>("tenant_id"), row.Get<UserId>("user_id"), row.Get<std::int64_t>("version"), row.Get<TimePoint>("erased_at")});
  }
  return read;
}

template <class Get>
auto Column(std::span<const Erased> rows, Get get) {
  return db::ArrayOf(rows, get);
}

// Of these, the ones that this database has not followed.
std::vector<Erased> Unknown(db::Tx& tx, std::span<const Erased> rows) {
  return Read(tx.Exec(
      "SELECT l.tenant_id, l.user_id, l.version, l.erased_at FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[]) l (tenant_id, "
      "user_id, version, erased_at) WHERE NOT EXISTS (SELECT 1 FROM erasures e WHERE e.tenant_id = l.tenant_id AND e.user_id = l.user_id)",
      Column(rows, [](const Erased& e) { return e.tenant; }), Column(rows, [](const Erased& e) { return e.user; }),
      Column(rows, [](const Erased& e) { return e.version; }), Column(rows, [](const Erased& e) { return e.time; })));
}

std::vector<Erased> Unrecorded(db::Tx& tx) {
  return Read(
      tx.Exec("SELECT tenant_id, user_id, version, erased_at FROM erasures WHERE NOT recorded ORDER BY erased_at LIMIT $1", kBatch));
}

void MarkRecorded(db::Tx& tx, std::span<const Erased> rows) {
  tx.Exec(
      "UPDATE erasures e SET recorded = true FROM unnest($1::uuid[], $2::uuid[]) r (tenant_id, user_id) WHERE e.tenant_id = r.tenant_id "
      "AND e.user_id = r.user_id",
      Column(rows, [](const Erased& e) { return e.tenant; }), Column(rows, [](const Erased& e) { return e.user; }));
}

}  // namespace

bool Note(db::Tx& tx, const Erased& erased, bool recorded) {
  return tx.Exec(
               "INSERT INTO erasures (tenant_id, user_id, version, erased_at, recorded) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
               erased.tenant, erased.user, erased.version, erased.time, recorded)
             .affected() == 1;
}

Ledger::Ledger(const Secret& url, metrics::Registry& metrics) : db_(OptionsOf(url), metrics) {}

Task<void> Ledger::Record(std::span<const Erased> erased) {
  co_await db_.Transact(db::Scope::System(), [&](db::Tx& tx) {
    tx.Exec(
        "INSERT INTO erasures (tenant_id, user_id, version, erased_at) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], "
        "$4::timestamptz[]) ON CONFLICT DO NOTHING",
        Column(erased, [](const Erased& e) { return e.tenant; }), Column(erased, [](const Erased& e) { return e.user; }),
        Column(erased, [](const Erased& e) { return e.version; }), Column(erased, [](const Erased& e) { return e.time; }));
  });
}

std::vector<Erased> Ledger::ReadSync(const Erased& after, int limit) {
  return db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    return Read(
        tx.Exec("SELECT tenant_id, user_id, version, erased_at FROM erasures WHERE (tenant_id, user_id) > ($1::uuid, $2::uuid) ORDER BY "
                "tenant_id, user_id LIMIT $3",
                after.tenant, after.user, limit));
  });
}

Task<int> RecordNoted(Ledger& ledger, db::Database& system) {
  const std::vector<Erased> rows = co_await system.Transact(db::Scope::System(), [](db::Tx& tx) { return Unrecorded(tx); });
  if (rows.empty()) co_return 0;
  co_await ledger.Record(rows);
  co_await system.Transact(db::Scope::System(), [&](db::Tx& tx) { MarkRecorded(tx, rows); });
  co_return static_cast<int>(rows.size());
}

int Replay(Ledger& ledger, db::Database& system, const Apply& apply) {
  int applied = 0;
  Erased last;
  for (std::vector<Erased> page = ledger.ReadSync(last, kBatch); !page.empty(); page = ledger.ReadSync(last, kBatch)) {
    last = page.back();
    const auto unknown = system.TransactSync(db::Scope::System(), [&](db::Tx& tx) { return Unknown(tx, page); });
    for (const Erased& erased : unknown) {
      applied += system.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
        if (!Note(tx, erased)) return 0;  // another replica was quicker
        apply(tx, erased);
        return 1;
      });
    }
  }
  return applied;
}

}  // namespace quittance::erasure
