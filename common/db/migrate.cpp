// The migrator. Each file is one transaction under an advisory lock that every migrator of this database takes, so that of two only one
// applies it. A file marked `transaction:false` (CREATE INDEX CONCURRENTLY) runs outside, under the same lock held by the session.
#include "common/db/migrate.h"

#include <pqxx/pqxx>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "common/core/fault.h"
#include "common/db/sql_fault.h"

namespace quittance::db {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLockKey = 0x7175697474616E63;    // "quittanc"
constexpr std::chrono::milliseconds kLockTimeout{3000};  // of a statement, so that traffic does not queue up behind a waiting ALTER
constexpr int kLockTriesMax = 10;
constexpr std::chrono::milliseconds kLockPause{500};

constexpr std::string_view kUp = "-- migrate:up";
constexpr std::string_view kDown = "-- migrate:down";

struct File {
  std::string name;     // common/0001_base.sql
  std::string content;  // the whole file: the checksum is over it
  std::string up;
  bool in_transaction = true;
};

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) throw Fault("migration " + path.filename().string() + " cannot be read");
  return content.str();
}

// What stands between the line `-- migrate:up` and the line `-- migrate:down` or the end.
File Parse(std::string name, std::string content) {
  File file{std::move(name), std::move(content), "", true};
  std::istringstream lines(file.content);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kUp)) {
      inside = true;
      file.in_transaction = line.find("transaction:false") == std::string::npos;
    } else if (line.starts_with(kDown)) {
      break;
    } else if (inside) {
      file.up += line + "\n";
    }
  }
  if (!inside) throw Fault("migration " + file.name + " has no line `-- migrate:up`");
  return file;
}

void AddFolder(const fs::path& folder, const std::string& label, std::vector<File>& files) {
  if (!fs::is_directory(folder)) throw Fault("no migrations in " + folder.string());
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".sql") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) files.push_back(Parse(label + "/" + path.filename().string(), ReadFile(path)));
}

// common first, then the service's own.
std::vector<File> ReadFiles(const fs::path& folder) {
  fs::path own = fs::absolute(folder).lexically_normal();
  if (own.filename().empty()) own = own.parent_path();
  std::vector<File> files;
  AddFolder(own.parent_path() / "common", "common", files);
  AddFolder(own, own.filename().string(), files);
  return files;
}

// A connection of the migrator's own, with every statement sent as it stands.
class Session {
 public:
  explicit Session(const Secret& url) try : connection_(ConnectUrl(url)), transaction_(connection_) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
    Run("SET client_min_messages = warning; SET TimeZone = 'UTC'; SET application_name = 'quittance-migrate'");
  } catch (const pqxx::failure& e) {
    throw Fault(ConnectFault(e.what()));
  }

  pqxx::result Run(const std::string& sql) { return transaction_.exec(sql); }
  template <class... Args>
  pqxx::result RunWith(const std::string& sql, const Args&... args) {
    return transaction_.exec_params(sql, args...);
  }

 private:
  pqxx::connection connection_;
  pqxx::nontransaction transaction_;
};

// Waiting for the other migrator is not bounded by lock_timeout; waiting for a table is.
void TakeLock(Session& session, const char* function) {
  session.Run("SET lock_timeout = 0");
  session.Run("SELECT " + std::string(function) + "(" + std::to_string(kLockKey) + ")");
  session.Run("SET lock_timeout = " + std::to_string(kLockTimeout.count()));
}

// Runs `step` in a transaction that holds the lock; whatever goes wrong rolls it back.
template <class Step>
void Locked(Session& session, Step step) {
  session.Run("BEGIN");
  try {
    TakeLock(session, "pg_advisory_xact_lock");
    step();
    session.Run("COMMIT");
  } catch (...) {
    try {
      session.Run("ROLLBACK");
    } catch (const std::exception&) {
      // The first exception says more than a connection that is gone.
    }
    throw;
  }
}

void MakeTable(Session& session) {
  Locked(session, [&] {
    session.Run(
        "CREATE TABLE IF NOT EXISTS schema_migrations"
        " (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
    session.Run("GRANT SELECT ON schema_migrations TO quittance_app, quittance_system");
  });
}

std::string Checksum(Session& session, const File& file) {
  return session.RunWith("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", file.content)[0][0].as<std::string>();
}

std::map<std::string, std::string> Applied(Session& session) {
  std::map<std::string, std::string> applied;
  if (session.Run("SELECT to_regclass('schema_migrations') IS NULL")[0][0].as<bool>()) return applied;
  for (const auto& row : session.Run("SELECT name, checksum FROM schema_migrations"))
    applied.emplace(row[0].as<std::string>(), row[1].as<std::string>());
  return applied;
}

// Those that are not applied; refuses a file that was changed after it was.
std::vector<File> Missing(Session& session, const std::vector<File>& files) {
  const auto applied = Applied(session);
  std::vector<File> missing;
  for (const File& file : files) {
    const auto known = applied.find(file.name);
    if (known == applied.end()) {
      missing.push_back(file);
    } else if (known->second != Checksum(session, file)) {
      throw Fault("migration " + file.name + " was changed after it was applied");
    }
  }
  return missing;
}

bool IsApplied(Session& session, const File& file) {
  return !session.RunWith("SELECT 1 FROM schema_migrations WHERE name = $1", file.name).empty();
}

void Record(Session& session, const File& file) {
  session.RunWith("INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)", file.name, Checksum(session, file));
}

// False: another migrator was faster.
bool ApplyInTransaction(Session& session, const File& file) {
  bool applied = false;
  Locked(session, [&] {
    if (IsApplied(session, file)) return;
    session.Run(file.up);
    Record(session, file);
    applied = true;
  });
  return applied;
}

bool ApplyOutside(Session& session, const File& file) {
  TakeLock(session, "pg_advisory_lock");
  if (IsApplied(session, file)) {
    session.Run("SELECT pg_advisory_unlock(" + std::to_string(kLockKey) + ")");
    return false;
  }
  session.Run(file.up);  // a failure ends the session, and with it the lock
  Record(session, file);
  session.Run("SELECT pg_advisory_unlock(" + std::to_string(kLockKey) + ")");
  return true;
}

// Gives way to traffic that holds a table, and comes back.
bool Apply(const Secret& url, const File& file) {
  for (int attempt = 1;; ++attempt) {
    try {
      Session session(url);
      return file.in_transaction ? ApplyInTransaction(session, file) : ApplyOutside(session, file);
    } catch (const pqxx::sql_error& e) {
      if (e.sqlstate() != "55P03" || attempt == kLockTriesMax) throw Fault("migration " + file.name + " failed: " + e.what());
    } catch (const pqxx::failure& e) {
      throw Fault("migration " + file.name + " failed: " + e.what());
    }
    std::this_thread::sleep_for(kLockPause);
  }
}

}  // namespace

std::vector<std::string> MigrateUp(const Secret& owner_url, const fs::path& folder) {
  std::vector<File> files = ReadFiles(folder);
  try {
    Session session(owner_url);
    MakeTable(session);
    files = Missing(session, files);
  } catch (const pqxx::failure& e) {
    throw Fault(std::string("migrations cannot be read from the database: ") + e.what());
  }
  std::vector<std::string> applied;
  for (const File& file : files) {
    if (Apply(owner_url, file)) applied.push_back(file.name);
  }
  return applied;
}

std::vector<MigrationStatus> MigrationsStatus(const Secret& url, const fs::path& folder) {
  const std::vector<File> files = ReadFiles(folder);
  std::vector<MigrationStatus> statuses;
  try {
    Session session(url);
    const auto applied = Applied(session);
    for (const File& file : files) {
      const auto known = applied.find(file.name);
      const bool there = known != applied.end();
      const std::string base = file.name.substr(file.name.find('/') + 1);
      statuses.push_back({base.substr(0, base.find('_')), file.name, there, there && known->second == Checksum(session, file)});
    }
  } catch (const pqxx::failure& e) {
    throw Fault(std::string("migrations cannot be read from the database: ") + e.what());
  }
  return statuses;
}

}  // namespace quittance::db
