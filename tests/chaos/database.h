// One of the stack's databases, read as its superuser: what the invariants are checked against.
#pragma once

#include <pqxx/pqxx>
#include <string>

#include "tests/e2e/stack.h"

namespace quittance::chaos {

class Database {
 public:
  Database(const e2e::Stack& stack, const std::string& service);
  // One statement in a transaction of its own.
  pqxx::result Run(const std::string& sql);

 private:
  pqxx::connection connection_;
};

}  // namespace quittance::chaos
