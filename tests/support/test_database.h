// A fresh database for one test program: migrated as the service's would be, with the roles owner, app and system, dropped at the end.
// Needs QUITTANCE_TEST_POSTGRES, a superuser's URL; the roles test_<service>_{owner,app,system} are made where they are missing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/secret.h"

namespace quittance::test {

class TestDatabase {
 public:
  // `service` names a folder of migrations; `migrate` false leaves the database empty.
  explicit TestDatabase(const std::string& service, bool migrate = true);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  Secret owner_url() const { return Url("owner"); }
  Secret app_url() const { return Url("app"); }        // forced into its scope
  Secret system_url() const { return Url("system"); }  // sees all tenants
  Secret admin_url() const;                            // superuser: sees and may do everything

  // Runs SQL in this database as the superuser, beside row-level security; rows of texts, NULL as nullopt.
  using Answer = std::vector<std::vector<std::optional<std::string>>>;
  Answer Admin(const std::string& sql) const;
  // The first column of the first row, empty if there is none.
  std::string AdminValue(const std::string& sql) const;

 private:
  Secret Url(const std::string& role) const;

  std::string service_;
  std::string name_;
};

}  // namespace quittance::test
