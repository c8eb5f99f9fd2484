// Tables inbox and inbox_tries.
#include "common/events/inbox.h"

#include <algorithm>

namespace quittance::events {
namespace {

std::string Ids(const std::vector<Uuid>& ids) {
  return db::ArrayOf(ids, [](const Uuid& id) { return id; });
}

std::set<Uuid> ReadIds(const db::Rows& rows) {
  std::set<Uuid> ids;
  for (const auto& row : rows) ids.insert(row.Get<Uuid>("event_id"));
  return ids;
}

}  // namespace

std::set<Uuid> ClaimInbox(db::Tx& tx, const std::string& consumer, std::vector<Uuid> ids) {
  if (ids.empty()) return {};
  std::sort(ids.begin(), ids.end());  // two replicas claim in the same order, so they cannot deadlock
  return ReadIds(tx.Exec("INSERT INTO inbox (consumer, event_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id",
                         consumer, Ids(ids)));
}

std::set<Uuid> FindApplied(db::Tx& tx, const std::string& consumer, const std::vector<Uuid>& ids) {
  if (ids.empty()) return {};
  return ReadIds(tx.Exec("SELECT event_id FROM inbox WHERE consumer = $1 AND event_id = ANY($2::uuid[])", consumer, Ids(ids)));
}

int CountTry(db::Tx& tx, const std::string& consumer, const Uuid& id) {
  const auto rows = tx.Exec(R"(INSERT INTO inbox_tries AS t (consumer, event_id, tries)
                               SELECT $1::text, $2::uuid, 1
                                WHERE NOT EXISTS (SELECT FROM inbox WHERE consumer = $1::text AND event_id = $2::uuid)
                               ON CONFLICT (consumer, event_id) DO UPDATE SET tries = t.tries + 1
                               RETURNING tries)",
                            consumer, id);
  return rows.empty() ? 0 : rows.front().Get<int>("tries");
}

void ForgetTries(db::Tx& tx, const std::string& consumer, std::vector<Uuid> ids) {
  if (ids.empty()) return;
  std::sort(ids.begin(), ids.end());
  tx.Exec("DELETE FROM inbox_tries WHERE consumer = $1 AND event_id = ANY($2::uuid[])", consumer, Ids(ids));
}

bool CountStart(db::Tx& tx, const std::string& consumer, std::vector<Uuid> ids) {
  if (ids.empty()) return true;
  std::sort(ids.begin(), ids.end());
  const auto begun = tx.Exec("SELECT FROM inbox_tries WHERE consumer = $1 AND event_id = ANY($2::uuid[]) LIMIT 1", consumer, Ids(ids));
  if (!begun.empty()) return false;
  tx.Exec(R"(INSERT INTO inbox_tries (consumer, event_id, tries)
             SELECT $1::text, id, 1 FROM unnest($2::uuid[]) AS id
              WHERE NOT EXISTS (SELECT FROM inbox WHERE consumer = $1::text AND event_id = id)
             ON CONFLICT DO NOTHING)",
          consumer, Ids(ids));
  return true;
}

}  // namespace quittance::events
