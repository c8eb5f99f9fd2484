// Pages by id, so that keys that do not open never keep the others waiting.
#include "common/service/rewrap.h"

#include <vector>

#include "common/log/log.h"

namespace quittance::service {
namespace {

constexpr int kPage = 200;
constexpr std::chrono::minutes kInterval{10};

struct Old {
  Uuid tenant;
  Uuid id;
  std::string wrapped;
};

struct Sql {
  std::string select, update;

  explicit Sql(const WrappedKeys& keys)
      : select("SELECT tenant_id, " + keys.id_column + " AS id, wrapped_key FROM " + keys.table +
               " WHERE substring(wrapped_key FROM 3 FOR 4) <> $1 AND ($2::uuid IS NULL OR " + keys.id_column + " > $2::uuid) ORDER BY " +
               keys.id_column + " LIMIT $3"),
        update("UPDATE " + keys.table + " SET wrapped_key = $4 WHERE tenant_id = $1 AND " + keys.id_column + " = $2 AND wrapped_key = $3") {
  }
};

std::string BigEndian(std::uint32_t id) {
  return {static_cast<char>(id >> 24), static_cast<char>(id >> 16), static_cast<char>(id >> 8), static_cast<char>(id)};
}

std::vector<Old> FindOld(db::Tx& tx, const Sql& sql, std::uint32_t newest, const std::optional<Uuid>& after) {
  std::vector<Old> old;
  for (const db::Row& row : tx.Exec(sql.select, db::Bytes{BigEndian(newest)}, after, kPage)) {
    old.push_back({row.Get<Uuid>("tenant_id"), row.Get<Uuid>("id"), row.Get<db::Bytes>("wrapped_key").data});
  }
  return old;
}

// The same data key under the newest key; nullopt if it does not open.
std::optional<std::string> Rewrapped(const crypto::Keyring& keyring, const std::string& owner, const std::string& wrapped) {
  try {
    const Secret key(keyring.Unwrap(wrapped, owner));
    return keyring.Wrap(key.Reveal(), owner);
  } catch (const crypto::Undecryptable& problem) {
    log::Error("a data key does not open", {{"owner", owner}, {"problem", problem.what()}});
    return std::nullopt;
  }
}

}  // namespace

Task<int> RewrapKeys(db::Database& system, const crypto::Keyring& keyring, const WrappedKeys& keys, metrics::Registry& metrics) {
  const Sql sql(keys);
  int done = 0;
  int stuck = 0;
  std::optional<Uuid> after;
  while (true) {
    const auto old = co_await system.Transact(db::Scope::System(), [&](db::Tx& tx) { return FindOld(tx, sql, keyring.newest(), after); });
    if (old.empty()) break;
    after = old.back().id;
    std::vector<std::pair<Old, std::string>> fresh;
    for (const Old& row : old) {
      auto wrapped = Rewrapped(keyring, keys.prefix + "_" + row.id.Hex(), row.wrapped);
      if (wrapped) fresh.emplace_back(row, *std::move(wrapped));
      if (!wrapped) ++stuck;
    }
    done += co_await system.Transact(db::Scope::System(), [&](db::Tx& tx) {
      int written = 0;
      for (const auto& [row, wrapped] : fresh) {
        written += tx.Exec(sql.update, row.tenant, row.id, db::Bytes{row.wrapped}, db::Bytes{wrapped}).affected();
      }
      return written;
    });
  }
  metrics.GetGauge("quittance_keys_unreadable", "Data keys that no key of the keyring opens.", {{"table", keys.table}}).Set(stuck);
  co_return done;
}

std::vector<jobs::Job> WithRewrap(std::vector<jobs::Job> table, db::Database& system, std::shared_ptr<const crypto::Keyring> keyring,
                                  const std::vector<WrappedKeys>& tables, metrics::Registry& metrics) {
  for (const WrappedKeys& keys : tables) {
    table.push_back(
        {"rewrap_" + keys.table, kInterval, [&system, keyring, keys, &metrics] { return RewrapKeys(system, *keyring, keys, metrics); }});
  }
  return table;
}

}  // namespace quittance::service
