// One connection to PostgreSQL and its open transaction; pqxx is hidden behind it. Owned by one worker thread.
// Invariant: whatever goes wrong in an unexpected way discards the connection, so that no session state is ever taken for granted.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/core/fault.h"
#include "common/core/secret.h"
#include "common/db/tx.h"

namespace quittance::db {

struct PoolMetrics;

struct ConnectionOptions {
  std::string application_name;  // quittance-<pool>
  Secret url;
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::milliseconds lock_timeout{2000};
};

class Connection {
 public:
  Connection(ConnectionOptions options, PoolMetrics& metrics);
  ~Connection();
  Connection(const Connection&) = delete;

  void Open();  // throws ConnectionLost; refuses a role that would see past row-level security
  bool is_open() const;
  void Discard() noexcept;

  // BEGIN and the scope in one round trip. A connection that died while idle is replaced once: nothing has run on it yet.
  void Begin(const Scope& scope);
  Rows Exec(std::string_view sql, const std::vector<Param>& params);
  void Commit();             // throws CommitInDoubt, RetryTransaction, SqlError
  void Rollback() noexcept;  // of a transaction that is open; keeps the connection where it is known to be clean
  PoolMetrics& metrics();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A serialization failure or deadlock: the whole closure runs again. Never leaves RunTransaction.
class RetryTransaction : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Runs `body` in one transaction: commits if it returns true, rolls back if it returns false or throws; runs it again, at most kRetriesMax
// times, after a serialization failure or deadlock. Throws what `body` throws, CommitInDoubt, ConnectionLost or Fault.
void RunTransaction(Connection& connection, const Scope& scope, const std::function<bool(Tx&)>& body);

}  // namespace quittance::db
