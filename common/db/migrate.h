// Migrations: plain SQL files in dbmate's format (`-- migrate:up`), applied in order under an advisory lock, each with its checksum.
// Invariant: a file that was applied never changes; a service that needs a newer schema is not ready.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/core/secret.h"

namespace quittance::db {

struct MigrationStatus {
  std::string version;  // 0001
  std::string name;     // common/0001_base.sql
  bool applied;
  bool checksum_ok;  // of an applied one
};

// `folder` is migrations/<service>: the files of its sister folder `common` come first. Recorded in schema_migrations, which every role may
// read. Applies what is missing, as the owner. Throws Fault that names the file; returns the files it applied.
std::vector<std::string> MigrateUp(const Secret& owner_url, const std::filesystem::path& folder);
std::vector<MigrationStatus> MigrationsStatus(const Secret& url, const std::filesystem::path& folder);

}  // namespace quittance::db
