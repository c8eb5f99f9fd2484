// See database.h.
#include "tests/chaos/database.h"

namespace quittance::chaos {
namespace {

// The superuser's URL ends in the name of a database.
std::string UrlOf(const e2e::Stack& stack, const std::string& service) {
  const std::string url = stack.at("postgres_admin");
  return url.substr(0, url.rfind('/')) + "/quittance_" + service;
}

}  // namespace

Database::Database(const e2e::Stack& stack, const std::string& service) : connection_(UrlOf(stack, service)) {}

pqxx::result Database::Run(const std::string& sql) {
  pqxx::work work(connection_);
  pqxx::result rows = work.exec(sql);
  work.commit();
  return rows;
}

}  // namespace quittance::chaos
