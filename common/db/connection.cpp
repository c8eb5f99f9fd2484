// The one place where pqxx is spoken. BEGIN, COMMIT and ROLLBACK are ours (BEGIN and the scope go in one query), so pqxx only carries
// statements. Invariant: reactivation is inhibited; what the server did not explain with an SQLSTATE ends the connection.
#include "common/db/connection.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <unordered_map>

#include "common/async/task.h"
#include "common/core/check.h"
#include "common/db/pool_metrics.h"
#include "common/db/sql_fault.h"

namespace quittance::db {

namespace {

constexpr std::size_t kPreparedMax = 1000;  // texts per connection; a store that builds more texts than that runs them unprepared
constexpr std::chrono::seconds kIdleInTransactionTimeout{10};
constexpr std::chrono::milliseconds kReplanMin{100};
constexpr std::chrono::seconds kReplanMax{60};

// Milliseconds in a SET statement.
std::string Ms(std::chrono::milliseconds time) { return std::to_string(time.count()); }

// Plans that do not look at the values, and take every row through an index: what is hot touches few rows, and in a table that was empty a
// moment ago, or whose partial index is full of rows that have gone, the planner would rather read all of it.
constexpr const char* kHot =
    "; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; "
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off; SET LOCAL jit = off";

// The scope lasts as long as the transaction; where none is set, nothing is seen by a role that needs one.
std::string BeginSql(const Scope& scope, bool replan) {
  std::string sql = "BEGIN";
  if (scope.relaxed) sql += "; SET LOCAL synchronous_commit = off";
  if (scope.hot) sql += kHot;
  if (replan) sql += "; DISCARD PLANS";
  if (scope.tenants.empty() && !scope.user) return sql;
  std::string tenants;
  for (const TenantId& tenant : scope.tenants) {
    if (!tenants.empty()) tenants.push_back(',');
    tenants += tenant.uuid.Hex();
  }
  const std::string user = scope.user ? scope.user->uuid.Hex() : "";
  return sql + "; SET LOCAL app.tenants = '" + tenants + "'; SET LOCAL app.user_id = '" + user + "'";
}

// A text parameter ends at its first NUL in libpq: refused rather than cut.
void CheckNoNul(const std::vector<Param>& params) {
  for (const Param& param : params) {
    if (param.text() && param.text()->find('\0') != std::string::npos) throw std::invalid_argument("a text parameter holds a NUL");
  }
}

}  // namespace

struct Connection::Impl {
  Impl(ConnectionOptions o, PoolMetrics& m) : options(std::move(o)), metrics(m) {}

  void Discard() noexcept {
    transaction.reset();
    prepared.clear();
    in_transaction = false;
    if (!connection) return;
    connection.reset();
    metrics.discarded.Add();
  }

  pqxx::result Run(const std::string& sql) { return transaction->exec(sql); }

  // A plan that was made while its table was empty would read the whole of it for ever: all are made anew when the connection is twice as
  // old as it was, and each kReplanMax at the latest.
  bool TakeReplan() {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < replan_at) return false;
    replan_at = now + std::clamp<SteadyTime::duration>(now - opened_at, kReplanMin, kReplanMax);
    return true;
  }

  // The name under which this text is prepared; empty if too many are.
  std::string Prepared(std::string_view sql) {
    const auto known = prepared.find(std::string(sql));
    if (known != prepared.end()) return known->second;
    if (prepared.size() >= kPreparedMax) return "";
    std::string name = "q" + std::to_string(prepared.size());
    connection->prepare(name, std::string(sql));
    prepared.emplace(sql, name);
    return name;
  }

  // What an exception of pqxx means; `statement` is ours and holds no values.
  [[noreturn]] void Rethrow(std::string_view statement) {
    try {
      throw;
    } catch (const pqxx::statement_completion_unknown&) {
      Discard();
      throw ConnectionLost("the connection to the database broke");
    } catch (const pqxx::transaction_rollback&) {  // class 40; pqxx keeps no SQLSTATE of these
      throw RetryTransaction("a serialization failure or deadlock");
    } catch (const pqxx::sql_error& e) {
      if (!connection->is_open() || ConnectionEnds(e.sqlstate())) {
        Discard();
        throw ConnectionLost("the database ended the connection");
      }
      if (PlanChanged(e.sqlstate(), e.what())) {
        Discard();
        throw RetryTransaction("a table changed under a prepared statement");
      }
      ThrowSqlFault(e.sqlstate(), e.what(), statement);
    } catch (const pqxx::failure&) {
      Discard();
      throw ConnectionLost("the connection to the database broke");
    } catch (...) {
      Discard();
      throw;
    }
  }

  // Whether the exception in hand is the server's own word that it rolled back instead of committing.
  bool RefusedCommit() {
    if (!connection->is_open()) return false;
    try {
      throw;
    } catch (const pqxx::statement_completion_unknown&) {
      return false;
    } catch (const pqxx::transaction_rollback&) {
      return true;
    } catch (const pqxx::sql_error& e) {
      return e.sqlstate().starts_with("23");  // a deferred constraint
    } catch (...) {
      return false;
    }
  }

  ConnectionOptions options;
  PoolMetrics& metrics;
  std::unique_ptr<pqxx::connection> connection;
  std::unique_ptr<pqxx::nontransaction> transaction;
  std::unordered_map<std::string, std::string> prepared;
  SteadyTime opened_at{};
  SteadyTime replan_at{};
  bool in_transaction = false;
  bool failed = false;  // a statement of this transaction did
};

Connection::Connection(ConnectionOptions options, PoolMetrics& metrics) : impl_(std::make_unique<Impl>(std::move(options), metrics)) {}
Connection::~Connection() = default;

bool Connection::is_open() const { return impl_->connection != nullptr; }
void Connection::Discard() noexcept { impl_->Discard(); }
PoolMetrics& Connection::metrics() { return impl_->metrics; }

void Connection::Open() {
  impl_->Discard();
  const ConnectionOptions& options = impl_->options;
  try {
    auto connection = std::make_unique<pqxx::connection>(ConnectUrl(options.url));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
    connection->set_verbosity(pqxx::connection_base::terse);
    pqxx::nontransaction session(*connection);
    session.exec(
        "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET bytea_output = 'hex'"
        "; SET default_transaction_isolation = 'read committed'; SET statement_timeout = " +
        Ms(options.statement_timeout) + "; SET lock_timeout = " + Ms(options.lock_timeout) +
        "; SET idle_in_transaction_session_timeout = " + Ms(kIdleInTransactionTimeout) +
        "; SET application_name = " + connection->quote(options.application_name));
    const pqxx::result role = session.exec("SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)");
    if (!role.empty()) throw Fault("the database role of pool " + options.application_name + " would see past row-level security");
    impl_->connection = std::move(connection);
    impl_->opened_at = std::chrono::steady_clock::now();
    impl_->replan_at = impl_->opened_at + kReplanMin;
  } catch (const pqxx::failure& e) {
    throw ConnectionLost(ConnectFault(e.what()));
  }
}

void Connection::Begin(const Scope& scope) {
  CHECK(!impl_->in_transaction);
  const bool fresh = !is_open();
  if (fresh) Open();
  const std::string sql = BeginSql(scope, scope.hot && impl_->TakeReplan());
  for (bool last = fresh;; last = true) {
    try {
      impl_->transaction = std::make_unique<pqxx::nontransaction>(*impl_->connection);
      impl_->Run(sql);
      impl_->in_transaction = true;
      impl_->failed = false;
      return;
    } catch (const pqxx::failure& e) {
      impl_->Discard();
      if (last) throw ConnectionLost("no transaction could be opened");
    }
    Open();
  }
}

Rows Connection::Exec(std::string_view sql, const std::vector<Param>& params) {
  if (!impl_->in_transaction) throw ConnectionLost("the transaction's connection is gone");
  CheckNoNul(params);
  std::vector<const char*> texts;
  texts.reserve(params.size());
  for (const Param& param : params) texts.push_back(param.text() ? param.text()->c_str() : nullptr);
  try {
    const std::string name = impl_->Prepared(sql);
    const auto bound = pqxx::prepare::make_dynamic_params(texts);
    auto result = std::make_shared<pqxx::result>(name.empty() ? impl_->transaction->exec_params(std::string(sql), bound)
                                                              : impl_->transaction->exec_prepared(name, bound));
    const int size = static_cast<int>(result->size());
    const int affected = static_cast<int>(result->affected_rows());
    return Rows(std::move(result), size, affected);
  } catch (...) {
    impl_->failed = true;
    impl_->Rethrow(sql);
  }
}

void Connection::Commit() {
  if (!impl_->in_transaction) throw ConnectionLost("the transaction's connection is gone");
  // COMMIT of a failed transaction answers ROLLBACK without an error.
  if (impl_->failed) throw std::logic_error("a statement of the transaction failed, and its closure went on");
  try {
    impl_->Run("COMMIT");
    impl_->transaction.reset();
    impl_->in_transaction = false;
  } catch (...) {
    if (impl_->RefusedCommit()) impl_->Rethrow("COMMIT");
    impl_->Discard();
    impl_->metrics.in_doubt.Add();
    throw CommitInDoubt("the outcome of the commit is not known");
  }
}

void Connection::Rollback() noexcept {
  if (!impl_->in_transaction) return;
  try {
    impl_->Run("ROLLBACK");
    impl_->transaction.reset();
    impl_->in_transaction = false;
  } catch (...) {
    impl_->Discard();
  }
}

bool Row::IsNull(std::string_view column) const {
  const auto& result = *static_cast<const pqxx::result*>(result_.get());
  return result[static_cast<pqxx::result::size_type>(index_)][std::string(column)].is_null();
}

std::string_view Row::Text(std::string_view column) const {
  const auto& result = *static_cast<const pqxx::result*>(result_.get());
  const pqxx::field field = result[static_cast<pqxx::result::size_type>(index_)][std::string(column)];
  if (field.is_null()) throw std::logic_error("column " + std::string(column) + " is NULL");
  return {field.c_str(), field.size()};
}

}  // namespace quittance::db
