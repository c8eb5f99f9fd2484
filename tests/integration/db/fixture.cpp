// The shared database and the small things that every test of it needs.
#include "tests/integration/db/fixture.h"

#include <unistd.h>

#include <fstream>
#include <latch>
#include <random>
#include <thread>

#include "common/db/migrate.h"

namespace quittance::db {

namespace fs = std::filesystem;

namespace {

constexpr const char* kItems = R"(-- migrate:up
CREATE TABLE items (
  tenant_id uuid NOT NULL,
  user_id   uuid,
  id        uuid PRIMARY KEY,
  name      text NOT NULL,
  amount    bigint NOT NULL DEFAULT 0 CHECK (amount >= 0),
  UNIQUE (tenant_id, name)
);
SELECT quittance_protect('items', 'user_id');

-- Ends the backend at its own COMMIT, before anything is stored.
CREATE FUNCTION die_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.name LIKE 'die at commit%' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER items_die AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die_at_commit();
-- migrate:down
DROP TABLE items;
)";

}  // namespace

MigrationFolder::MigrationFolder(const std::string& service) {
  root_ = fs::temp_directory_path() / ("quittance-migrations-" + std::to_string(::getpid()) + "-" + std::to_string(std::random_device{}()));
  own_ = root_ / service;
  fs::create_directories(own_);
  fs::copy(fs::path(QUITTANCE_SOURCE_DIR) / "migrations" / "common", root_ / "common", fs::copy_options::recursive);
}

MigrationFolder::~MigrationFolder() { fs::remove_all(root_); }

void MigrationFolder::Write(const std::string& file, const std::string& sql) const { std::ofstream(own_ / file) << sql; }

test::TestDatabase& DbTest::Database() {
  static test::TestDatabase& database = [&]() -> test::TestDatabase& {
    static test::TestDatabase made("dbtest", false);
    const MigrationFolder folder("dbtest");
    folder.Write("0001_items.sql", kItems);
    MigrateUp(made.owner_url(), folder.path());
    return made;
  }();
  return database;
}

int DbTest::ServerPort() {
  const std::string url(Database().app_url().Reveal());
  const std::size_t at = url.rfind(':') + 1;
  return std::stoi(url.substr(at, url.find('/', at) - at));
}

Secret DbTest::Through(int proxy_port, const Secret& url) {
  const std::string text(url.Reveal());
  const std::size_t host = text.rfind('@') + 1;
  return Secret(text.substr(0, host) + "127.0.0.1:" + std::to_string(proxy_port) + text.substr(text.find('/', host)));
}

DbTest::DbTest() { Database(); }

DatabaseOptions DbTest::Options(const std::string& name, Secret url, int connections) const {
  DatabaseOptions options;
  options.name = name;
  options.url = std::move(url);
  options.connections = connections;
  // Generous: the tests that are about limits set their own, the others must not depend on a busy machine.
  options.queue_wait_max = std::chrono::seconds(30);
  options.statement_timeout = std::chrono::seconds(30);
  options.lock_timeout = std::chrono::seconds(20);
  return options;
}

db::Database& DbTest::app() {
  std::call_once(app_made_, [this] { app_ = std::make_unique<db::Database>(Options("app", Database().app_url()), metrics_); });
  return *app_;
}

db::Database& DbTest::system() {
  std::call_once(system_made_,
                 [this] { system_ = std::make_unique<db::Database>(Options("system", Database().system_url(), 2), metrics_); });
  return *system_;
}

Uuid DbTest::NewUuid() {
  thread_local std::random_device random;
  Uuid uuid;
  for (auto& byte : uuid.bytes) byte = static_cast<std::uint8_t>(random());
  return uuid;
}

IdempotentCall DbTest::NewCall(TenantId tenant) {
  IdempotentCall call;
  call.tenant = tenant;
  call.principal = "svc_test";
  call.method = "quittance.test.v1.Test.Create";
  call.key = "key-" + NewUuid().Hex();
  call.fingerprint.fill(7);
  return call;
}

bool DbTest::Eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

void DbTest::Terminate(const std::string& pool) {
  Database().Admin(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'quittance-" +
      pool + "'");
}

void DbTest::AtOnce(int count, const std::function<void(int)>& work) {
  std::latch start(count);
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&start, &work, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
}

void InsertItem(Tx& tx, TenantId tenant, const Uuid& id, const std::string& name, std::optional<UserId> user) {
  tx.Exec("INSERT INTO items (tenant_id, user_id, id, name) VALUES ($1, $2, $3, $4)", tenant, user, id, name);
}

int CountItems(Tx& tx, TenantId tenant) {
  return static_cast<int>(tx.Exec("SELECT count(*) AS n FROM items WHERE tenant_id = $1", tenant).front().Get<std::int64_t>("n"));
}

}  // namespace quittance::db
