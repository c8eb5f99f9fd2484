// One open transaction under a scope. Invariant: rows outside the scope do not exist (forced row-level security reads app.tenants and
// app.user_id). Every statement is prepared once per connection, by its text.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>

#include "common/core/fault.h"
#include "common/db/value.h"

namespace quittance::db {

// What a transaction may see.
struct Scope {
  std::vector<TenantId> tenants = {};
  std::optional<UserId> user = {};  // set where a single user calls: only their own rows
  bool relaxed = false;             // its commit does not wait for the disk: for what is found and done again after a crash of the database
  // Plans are made once, not for the values at hand, and take every row through an index: for the few statements on sets that run all the
  // time, where planning costs more than the work. Not for a LIMIT that is a parameter: a plan that does not know it may read far too much.
  bool hot = false;

  static Scope Of(TenantId tenant) { return {.tenants = {tenant}}; }
  static Scope Of(TenantId tenant, UserId user) { return {.tenants = {tenant}, .user = user}; }
  // The system role's pool ignores the scope (policy USING (true)); consumers, jobs and the relay use it.
  static Scope System() { return {}; }
  static Scope SystemHot() { return {.hot = true}; }
  static Scope SystemRelaxed() { return {.relaxed = true, .hot = true}; }
};

class Row {
 public:
  bool IsNull(std::string_view column) const;
  std::string_view Text(std::string_view column) const;  // throws on NULL; lives as long as a Row or Rows of the answer

  template <class T>
  T Get(std::string_view column) const {
    return Decoder<T>::From(Text(column));
  }
  template <class T>
  std::optional<T> Find(std::string_view column) const {
    if (IsNull(column)) return std::nullopt;
    return Decoder<T>::From(Text(column));
  }

 private:
  friend class Rows;
  Row(std::shared_ptr<const void> result, int index) : result_(std::move(result)), index_(index) {}
  std::shared_ptr<const void> result_;  // shared: `tx.Exec(…).front()` outlives its Rows
  int index_;
};

// A whole answer, in memory.
class Rows {
 public:
  explicit Rows(std::shared_ptr<const void> result, int size, int affected)
      : result_(std::move(result)), size_(size), affected_(affected) {}
  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  int affected() const { return affected_; }
  Row operator[](int index) const { return Row(result_, index); }
  Row front() const { return (*this)[0]; }

  class Iterator {
   public:
    Iterator(const Rows* rows, int index) : rows_(rows), index_(index) {}
    Row operator*() const { return (*rows_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Rows* rows_;
    int index_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size_}; }

 private:
  std::shared_ptr<const void> result_;
  int size_;
  int affected_;
};

// A unique index said no. Stores that expect it use ON CONFLICT DO NOTHING instead; this is for those that cannot.
class UniqueViolation : public std::runtime_error {
 public:
  UniqueViolation(std::string constraint_name, const std::string& what)
      : std::runtime_error(what), constraint(std::move(constraint_name)) {}
  std::string constraint;
};

// Any other statement that the server refused: a bug or a constraint that a store did not expect. Never holds a value, only SQLSTATE and
// text of ours.
class SqlError : public std::runtime_error {
 public:
  SqlError(std::string state, const std::string& what) : std::runtime_error(what), sqlstate(std::move(state)) {}
  std::string sqlstate;
};

// The connection broke before COMMIT was sent, or none could be made: nothing was stored.
class ConnectionLost : public Fault {
 public:
  using Fault::Fault;
};

// A row or key was locked for longer than lock_timeout. Once and OnceOpen answer it as a request in progress.
class LockTimeout : public Fault {
 public:
  using Fault::Fault;
};

class Connection;

class Tx {
 public:
  Tx(Connection& connection, Scope scope);
  Tx(const Tx&) = delete;

  // Positional parameters $1.. in order.
  template <class... Params>
  Rows Exec(std::string_view sql, const Params&... params) {
    return ExecParams(sql, std::vector<Param>{Param(params)...});
  }
  Rows ExecParams(std::string_view sql, std::vector<Param> params);

  const Scope& scope() const { return scope_; }

  // Runs after the commit succeeded (never after a rollback), on the worker: wake-ups only, nothing that can fail.
  void OnCommit(std::function<void()> wake);
  const std::vector<std::function<void()>>& on_commit() const { return on_commit_; }

 private:
  Connection& connection_;
  Scope scope_;
  std::vector<std::function<void()>> on_commit_;
};

}  // namespace quittance::db
