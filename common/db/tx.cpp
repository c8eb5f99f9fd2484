// A transaction from its first statement to its commit: the closure runs again where the server asks for it, and nowhere else.
#include "common/db/tx.h"

#include <random>
#include <thread>

#include "common/db/connection.h"
#include "common/db/database.h"
#include "common/db/pool_metrics.h"

namespace quittance::db {

namespace {

// 5 to 20 ms before the first retry, doubled with each: two that collided must not meet again.
void PauseBeforeRetry(int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<int> jitter(5, 20);
  std::this_thread::sleep_for(std::chrono::milliseconds(jitter(random) << attempt));
}

void RunOnce(Connection& connection, const Scope& scope, const std::function<bool(Tx&)>& body) {
  connection.Begin(scope);
  Tx tx(connection, scope);
  try {
    if (!body(tx)) {
      connection.Rollback();
      return;
    }
    connection.Commit();
  } catch (const Fault&) {
    connection.Rollback();
    throw;
  } catch (const UniqueViolation&) {
    connection.Rollback();
    throw;
  } catch (const SqlError&) {
    connection.Rollback();
    throw;
  } catch (const RetryTransaction&) {
    connection.Rollback();
    throw;
  } catch (...) {
    connection.Discard();  // nobody knows in which state it was left
    throw;
  }
  for (const auto& wake : tx.on_commit()) wake();
}

}  // namespace

Tx::Tx(Connection& connection, Scope scope) : connection_(connection), scope_(std::move(scope)) {}

Rows Tx::ExecParams(std::string_view sql, std::vector<Param> params) { return connection_.Exec(sql, params); }

void Tx::OnCommit(std::function<void()> wake) { on_commit_.push_back(std::move(wake)); }

void RunTransaction(Connection& connection, const Scope& scope, const std::function<bool(Tx&)>& body) {
  for (int attempt = 0;; ++attempt) {
    try {
      RunOnce(connection, scope, body);
      return;
    } catch (const RetryTransaction& e) {
      if (attempt == kRetriesMax) throw Fault(std::string("given up after retries: ") + e.what());
    }
    connection.metrics().retries.Add();
    PauseBeforeRetry(attempt);
  }
}

}  // namespace quittance::db
