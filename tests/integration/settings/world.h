// A service's settings as a process would have them, two tenants, and short ways to the use cases.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/async/executor.h"
#include "common/db/database.h"
#include "common/metrics/registry.h"
#include "common/settings/changes.h"
#include "common/settings/settings.h"

namespace quittance::settings::test {

class SettingsTest : public ::testing::Test {
 protected:
  void SetUp() override;

  db::IdempotentCall NewCall();
  Result<db::Reply> Put(const std::string& key, const std::string& value, const std::string& etag = "");
  Result<db::Reply> Put(const std::string& key, const std::string& value, const std::string& etag, const db::IdempotentCall& call);
  void Set(const std::string& key, const std::string& value) { ASSERT_TRUE(Put(key, value).ok()); }
  Result<db::Reply> Delete(const std::string& key, const std::string& etag = "", bool validate_only = false);
  Result<db::Reply> Approve(const std::string& person, const std::string& change);
  std::vector<Change> Pending();
  Result<View> Get(const std::string& key);
  Result<std::vector<View>> List(const std::string& prefix);
  std::shared_ptr<const Snapshot> For(TenantId of);
  std::int64_t Number(const std::string& sql);
  std::string Text(const std::string& sql);

  metrics::Registry metrics;
  async::Executor executor{2};
  std::unique_ptr<db::Database> app;
  std::unique_ptr<db::Database> system;
  std::unique_ptr<Settings> settings;
  TenantId tenant{*Uuid::Parse("00000000000070008000000000000001")};
  TenantId other{*Uuid::Parse("00000000000070008000000000000002")};
  Caller caller;
  TimePoint now = FromUnixSeconds(1'790'000'000);
  int calls = 0;
};

}  // namespace quittance::settings::test
