// `migrate` and `config`. `migrate` reads what it needs and nothing else, so that it runs before there are any credentials.
#include <cstdio>
#include <set>

#include "common/db/migrate.h"
#include "common/events/topics.h"
#include "common/service/frame.h"

namespace quittance::service {

namespace {

constexpr int kPartitionsMax = 1000;
constexpr int kReplicasMax = 9;

struct MigrateConfig {
  Secret owner_url;
  std::filesystem::path folder;
  std::string brokers;
  int partitions;
  int replicas;
};

MigrateConfig ReadMigrate(config::Env& env) {
  MigrateConfig config;
  config.owner_url = env.Secret("QUITTANCE_DATABASE_OWNER_URL", "postgresql:// of the role that owns the database; only for `migrate`");
  config.folder = env.Path("QUITTANCE_MIGRATIONS_DIR", "this service's folder of migrations; `common` lies beside it");
  config.brokers =
      env.Text("QUITTANCE_KAFKA_BROKERS", "host:port of Kafka brokers, separated by commas; empty: `migrate` makes no topic", "");
  config.partitions = static_cast<int>(env.Integer("QUITTANCE_KAFKA_PARTITIONS", "partitions of a topic that `migrate` makes", 1,
                                                   kPartitionsMax, events::kPartitionsDefault));
  config.replicas =
      static_cast<int>(env.Integer("QUITTANCE_KAFKA_REPLICAS", "replicas of a topic that `migrate` makes", 1, kReplicasMax, 1));
  return config;
}

int Up(const Frame& frame, const MigrateConfig& config) {
  const std::vector<std::string> applied = db::MigrateUp(config.owner_url, config.folder);
  for (const std::string& file : applied) std::printf("applied %s\n", file.c_str());
  if (applied.empty()) std::printf("nothing to apply\n");
  if (config.brokers.empty()) return 0;
  const std::string topic = "quittance." + frame.name + ".v1";
  events::EnsureTopic(config.brokers, topic, config.partitions, config.replicas);
  std::printf("topic %s is there\n", topic.c_str());
  return 0;
}

int Status(const MigrateConfig& config) {
  bool current = true;
  for (const db::MigrationStatus& row : db::MigrationsStatus(config.owner_url, config.folder)) {
    const char* state = !row.applied ? "missing" : row.checksum_ok ? "applied" : "changed after it was applied";
    std::printf("%-40s %s\n", row.name.c_str(), state);
    current = current && row.applied && row.checksum_ok;
  }
  return current ? 0 : 1;
}

std::string Cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.replace(at, 1, "\\|");
  return text;
}

}  // namespace

int Migrate(const Frame& frame, const std::vector<std::string>& arguments) {
  const std::string what = arguments.empty() ? "up" : arguments.front();
  if (arguments.size() > 1 || (what != "up" && what != "status")) {
    std::fprintf(stderr, "usage: quittance-%s migrate [up|status]\n", frame.name.c_str());
    return kExitUsage;
  }
  config::Env env;
  const MigrateConfig config = ReadMigrate(env);
  if (const int code = ReportProblems(env); code != 0) return code;
  return what == "up" ? Up(frame, config) : Status(config);
}

int PrintConfig(const Frame& frame) {
  config::Env env([](const std::string&) { return std::nullopt; });
  frame.read(env);
  if (frame.with_database) ReadMigrate(env);
  std::set<std::string> seen;
  std::printf("| Variable | Type | Default | Required | Meaning |\n|---|---|---|---|---|\n");
  for (const config::Variable& variable : env.variables()) {
    if (!seen.insert(variable.name).second) continue;
    const std::string fallback = variable.fallback.empty() ? "" : "`" + Cell(variable.fallback) + "`";
    std::printf("| `%s` | %s | %s | %s | %s |\n", variable.name.c_str(), Cell(variable.type).c_str(), fallback.c_str(),
                variable.required ? "yes" : "no", Cell(variable.help).c_str());
  }
  return 0;
}

}  // namespace quittance::service
