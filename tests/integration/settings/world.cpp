// One database for the whole program; every test starts with empty tables and an empty cache.
#include "tests/integration/settings/world.h"

#include "tests/support/test_database.h"

namespace quittance::settings::test {
namespace {

std::unique_ptr<quittance::test::TestDatabase> database;

std::shared_ptr<const crypto::Keyring> TestKeyring() {
  return std::make_shared<const crypto::Keyring>(std::map<std::uint32_t, Secret>{{1, Secret(std::string(32, 'k'))}});
}

std::vector<Key> TestTable() {
  const auto test_or_live = [](std::string_view value) -> std::optional<std::string> {
    if (value == "test" || value == "live") return std::nullopt;
    return "must be test or live";
  };
  return {{"psp.default", false, "The connection of intents that name none."},
          {"psp.*.environment", false, "test or live", test_or_live},
          {"psp.*.api_key", true, "The key the PSP gave."},
          {"receiving.bank", true, "Where payers transfer to.", nullptr, true}};
}

// The reply's bytes stand for the proto of the service.
std::string Encoded(const View& view) { return view.key + "|" + view.value + "|" + view.last_four + "|" + view.etag; }

}  // namespace

void SettingsTest::SetUp() {
  if (!database) {
    database = std::make_unique<quittance::test::TestDatabase>("billing");
    std::atexit([] { database.reset(); });
  }
  database->Admin("TRUNCATE settings, setting_changes, tenant_keys, audit_log, idempotency_keys RESTART IDENTITY");
  app = std::make_unique<db::Database>(db::DatabaseOptions{"app", database->app_url(), 2}, metrics);
  system = std::make_unique<db::Database>(db::DatabaseOptions{"system", database->system_url(), 1}, metrics);
  settings = std::make_unique<Settings>(TestTable(), *app, TestKeyring());
  caller.kind = Caller::Kind::kServiceAccount;
  caller.tenant = tenant;
  caller.subject = "svc_operator";
}

db::IdempotentCall SettingsTest::NewCall() {
  db::IdempotentCall call;
  call.tenant = tenant;
  call.principal = caller.subject;
  call.method = "quittance.common.v1.SettingsService/PutSetting";
  call.key = "key-number-" + std::to_string(++calls);
  call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  return call;
}

Result<db::Reply> SettingsTest::Put(const std::string& key, const std::string& value, const std::string& etag) {
  return Put(key, value, etag, NewCall());
}

Result<db::Reply> SettingsTest::Put(const std::string& key, const std::string& value, const std::string& etag,
                                    const db::IdempotentCall& call) {
  PutSettingCommand command{caller, {caller.subject, ""}, call, key, value, etag};
  return async::RunSync(executor, PutSetting(*settings, *app, command, now, &Encoded));
}

Result<db::Reply> SettingsTest::Delete(const std::string& key, const std::string& etag, bool validate_only) {
  DeleteSettingCommand command{caller, {caller.subject, ""}, NewCall(), key, etag, validate_only};
  return async::RunSync(executor, DeleteSetting(*settings, *app, command, now, &Encoded));
}

Result<db::Reply> SettingsTest::Approve(const std::string& person, const std::string& change) {
  auto approver = caller;
  approver.subject = person;
  auto call = NewCall();
  call.principal = person;
  return async::RunSync(executor, ApproveChange(*settings, *app, {approver, {person, ""}, call, change}, now, &Encoded));
}

std::vector<Change> SettingsTest::Pending() { return async::RunSync(executor, ListPendingChanges(*app, caller, now)); }

Result<View> SettingsTest::Get(const std::string& key) { return async::RunSync(executor, GetSetting(*settings, *app, caller, key)); }

Result<std::vector<View>> SettingsTest::List(const std::string& prefix) {
  return async::RunSync(executor, ListSettings(*settings, *app, caller, prefix));
}

std::shared_ptr<const Snapshot> SettingsTest::For(TenantId of) { return async::RunSync(executor, settings->For(of)); }

std::int64_t SettingsTest::Number(const std::string& sql) { return std::stoll(Text(sql)); }
std::string SettingsTest::Text(const std::string& sql) { return database->AdminValue(sql); }

}  // namespace quittance::settings::test
