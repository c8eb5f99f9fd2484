// The relay's lease row: taken, renewed and given back in statements of their own.
#include "common/events/lease.h"

#include <optional>

namespace quittance::events {

Lease::Lease(db::Database& db, std::string name, std::string owner, std::chrono::milliseconds length)
    : db_(db), name_(std::move(name)), owner_(std::move(owner)), length_(length) {}

bool Lease::Hold() {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (held_ && now < taken_ + length_ / 4) return true;
  const auto epoch = db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) -> std::optional<std::int64_t> {
    const auto rows = tx.Exec(R"(INSERT INTO relay_lease AS l (name, owner, epoch, until)
                                 VALUES ($1, $2, 1, clock_timestamp() + $3::bigint * interval '1 millisecond')
                                 ON CONFLICT (name) DO UPDATE
                                    SET owner = excluded.owner, until = clock_timestamp() + $3::bigint * interval '1 millisecond',
                                        epoch = l.epoch + CASE WHEN l.owner = excluded.owner THEN 0 ELSE 1 END
                                  WHERE l.owner = excluded.owner OR l.until < clock_timestamp()
                                 RETURNING epoch)",
                              name_, owner_, std::int64_t{length_.count()});
    if (rows.empty()) return std::nullopt;
    return rows.front().Get<std::int64_t>("epoch");
  });
  held_ = epoch.has_value();
  if (!held_) return false;
  epoch_ = *epoch;
  taken_ = now;
  return true;
}

bool Lease::MayProduce() const { return held_ && std::chrono::steady_clock::now() < taken_ + length_ / 2; }

void Lease::Release() {
  if (!held_) return;
  held_ = false;
  db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    tx.Exec("UPDATE relay_lease SET until = clock_timestamp() WHERE name = $1 AND owner = $2", name_, owner_);
  });
}

}  // namespace quittance::events
