// Databases and roles of the tests. Roles belong to the whole cluster, so test programs that run side by side make them under one lock.
#include "tests/support/test_database.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <pqxx/pqxx>
#include <random>
#include <stdexcept>

#include "common/db/migrate.h"

namespace quittance::test {

namespace {

constexpr const char* kPassword = "test-only";  // of roles that exist in a private cluster alone
constexpr const char* kRolesLock = "SELECT pg_advisory_xact_lock(7310462845189)";

struct UrlParts {
  std::string before;  // postgresql://
  std::string user;    // user:password
  std::string host;    // host:port
};

std::string AdminText() {
  const char* url = std::getenv("QUITTANCE_TEST_POSTGRES");
  if (url == nullptr || *url == '\0')
    throw std::runtime_error("QUITTANCE_TEST_POSTGRES is not set: it names the superuser of a PostgreSQL for tests");
  return url;
}

UrlParts Split(const std::string& url) {
  const std::size_t user = url.find("://") + 3;
  const std::size_t host = url.rfind('@') + 1;
  const std::size_t path = url.find('/', host);
  if (user < 3 || host == 0) throw std::runtime_error("QUITTANCE_TEST_POSTGRES must be postgresql://user:password@host:port/postgres");
  return {url.substr(0, user), url.substr(user, host - user - 1), url.substr(host, path == std::string::npos ? path : path - host)};
}

// Outside any transaction, as CREATE DATABASE asks.
TestDatabase::Answer Run(const std::string& url, const std::string& sql) {
  pqxx::connection connection(url);
  pqxx::nontransaction session(connection);
  TestDatabase::Answer answer;
  for (const auto& row : session.exec(sql)) {
    auto& texts = answer.emplace_back();
    for (const auto& field : row) {
      texts.push_back(field.is_null() ? std::nullopt : std::optional<std::string>(std::string(field.c_str(), field.size())));
    }
  }
  return answer;
}

void MakeRole(pqxx::work& work, const std::string& role, const std::string& attributes) {
  if (work.exec_params("SELECT 1 FROM pg_roles WHERE rolname = $1", role).empty()) work.exec("CREATE ROLE " + role + " " + attributes);
}

void MakeRoles(const std::string& service) {
  pqxx::connection connection(AdminText());
  pqxx::work work(connection);
  work.exec(kRolesLock);
  const std::string login = std::string("LOGIN PASSWORD '") + kPassword + "'";
  MakeRole(work, "quittance_app", "NOLOGIN");
  MakeRole(work, "quittance_system", "NOLOGIN");
  MakeRole(work, "test_" + service + "_owner", login);
  MakeRole(work, "test_" + service + "_app", login + " IN ROLE quittance_app");
  MakeRole(work, "test_" + service + "_system", login + " IN ROLE quittance_system");
  work.commit();
}

// Programs that were killed leave their database behind; names begin with the second they were made in.
void DropOldOnes() {
  const auto old = Run(AdminText(),
                       "SELECT datname FROM pg_database WHERE datname ~ '^quittance_test_[0-9]+_' AND"
                       " split_part(datname, '_', 3)::bigint < extract(epoch FROM now()) - 7200");
  for (const auto& row : old) Run(AdminText(), "DROP DATABASE IF EXISTS " + *row.front() + " WITH (FORCE)");
}

}  // namespace

TestDatabase::TestDatabase(const std::string& service, bool migrate) : service_(service) {
  MakeRoles(service);
  DropOldOnes();
  name_ = "quittance_test_" + std::to_string(std::time(nullptr)) + "_" + std::to_string(::getpid()) + "_" +
          std::to_string(std::random_device{}());
  Run(AdminText(),
      "CREATE DATABASE " + name_ + " OWNER test_" + service + "_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
  if (migrate) db::MigrateUp(owner_url(), std::filesystem::path(QUITTANCE_SOURCE_DIR) / "migrations" / service);
}

TestDatabase::~TestDatabase() {
  try {
    Run(AdminText(), "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "test database %s stays behind: %s\n", name_.c_str(), e.what());
  }
}

Secret TestDatabase::Url(const std::string& role) const {
  const UrlParts parts = Split(AdminText());
  return Secret(parts.before + "test_" + service_ + "_" + role + ":" + kPassword + "@" + parts.host + "/" + name_);
}

Secret TestDatabase::admin_url() const {
  const UrlParts parts = Split(AdminText());
  return Secret(parts.before + parts.user + "@" + parts.host + "/" + name_);
}

TestDatabase::Answer TestDatabase::Admin(const std::string& sql) const { return Run(std::string(admin_url().Reveal()), sql); }

std::string TestDatabase::AdminValue(const std::string& sql) const {
  const Answer answer = Admin(sql);
  if (answer.empty() || answer.front().empty() || !answer.front().front()) return "";
  return *answer.front().front();
}

}  // namespace quittance::test
