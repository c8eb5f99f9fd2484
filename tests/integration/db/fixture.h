// One database for the whole program: the tables of common, and `items` as a service would have them.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/async/executor.h"
#include "common/db/database.h"
#include "common/metrics/registry.h"
#include "tests/support/test_database.h"

namespace quittance::db {

// A folder of migrations that is thrown away: `common` as it is, and one service of the test's own.
class MigrationFolder {
 public:
  explicit MigrationFolder(const std::string& service);
  ~MigrationFolder();
  void Write(const std::string& file, const std::string& sql) const;
  const std::filesystem::path& path() const { return own_; }

 private:
  std::filesystem::path root_;
  std::filesystem::path own_;
};

class DbTest : public ::testing::Test {
 protected:
  static test::TestDatabase& Database();  // shared by all tests, migrated once
  static Secret Through(int proxy_port, const Secret& url);
  static int ServerPort();

  DbTest();

  DatabaseOptions Options(const std::string& name, Secret url, int connections = 4) const;
  quittance::db::Database& app();
  quittance::db::Database& system();

  template <class T>
  T Await(Task<T> task) {
    return async::RunSync(executor_, std::move(task));
  }

  Uuid NewUuid();
  TenantId NewTenant() { return {NewUuid()}; }
  UserId NewUser() { return {NewUuid()}; }
  IdempotentCall NewCall(TenantId tenant);

  static bool Eventually(const std::function<bool()>& condition);  // within 90 s
  static void Terminate(const std::string& pool);                  // all its backends, and waits until they are gone

  // Calls `work(i)` on `count` threads that start together.
  static void AtOnce(int count, const std::function<void(int)>& work);

  metrics::Registry metrics_;
  async::Executor executor_{2};

 private:
  std::once_flag app_made_;
  std::once_flag system_made_;
  std::unique_ptr<quittance::db::Database> app_;
  std::unique_ptr<quittance::db::Database> system_;
};

void InsertItem(Tx& tx, TenantId tenant, const Uuid& id, const std::string& name, std::optional<UserId> user = std::nullopt);
int CountItems(Tx& tx, TenantId tenant);

}  // namespace quittance::db
