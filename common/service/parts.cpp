// The shared parts of the services, each with its line in readiness.
#include "common/service/parts.h"

#include <unistd.h>

#include <atomic>
#include <thread>

#include "common/crypto/hmac.h"
#include "common/db/migrate.h"
#include "common/log/log.h"
#include "common/rpc/heard_revocations.h"

namespace quittance::service {

namespace {

constexpr std::string_view kReplyContext = "reply ";
constexpr std::chrono::seconds kTrustStale{60};  // four polls missed

std::shared_ptr<const crypto::Keyring> LoadKeyring(const std::filesystem::path& file) {
  try {
    return std::make_shared<const crypto::Keyring>(crypto::Keyring::Load(file));
  } catch (const std::exception& problem) {
    throw ConfigProblem("QUITTANCE_KEYRING_FILE: " + std::string(problem.what()));
  }
}

void SealReplies(const std::shared_ptr<const crypto::Keyring>& keyring) {
  const auto context = [](TenantId tenant) { return std::string(kReplyContext) + tenant.ToString(); };
  db::SetReplySealer(
      {[keyring, context](TenantId tenant, std::string_view plain) { return crypto::SealWhole(*keyring, context(tenant), plain); },
       [keyring, context](TenantId tenant, std::string_view sealed) { return crypto::OpenWhole(*keyring, context(tenant), sealed); }});
}

bool Migrated(const DataConfig& config) {
  for (const db::MigrationStatus& row : db::MigrationsStatus(config.system_database_url, config.migrations)) {
    if (!row.applied || !row.checksum_ok) return false;
  }
  return true;
}

db::DatabaseOptions Pool(const std::string& name, const Secret& url, int connections) {
  db::DatabaseOptions options;
  options.name = name;
  options.url = url;
  options.connections = connections;
  return options;
}

}  // namespace

// Looks at the schema from a thread of its own until it is new enough; a schema does not grow older afterwards.
class Store::SchemaWatch {
 public:
  explicit SchemaWatch(DataConfig config)
      : thread_([this, config = std::move(config)](std::stop_token stop) {
          while (!stop.stop_requested() && !current_) {
            try {
              current_ = Migrated(config);
            } catch (const std::exception& fault) {
              if (!told_) log::Warn("schema not read", {{"fault", fault.what()}});
              told_ = true;
            }
            for (int i = 0; i < 10 && !current_ && !stop.stop_requested(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
          }
        }) {}
  bool current() const { return current_; }

 private:
  std::atomic<bool> current_{false};
  bool told_ = false;
  std::jthread thread_;
};

Store::Store(const DataConfig& config, Runtime& runtime)
    : keyring(LoadKeyring(config.keyring_file)),
      app(Pool("app", config.database_url, config.connections), runtime.metrics),
      system(Pool("system", config.system_database_url, config.connections), runtime.metrics),
      ledger(config.erasure_ledger_url.empty() ? nullptr : std::make_unique<erasure::Ledger>(config.erasure_ledger_url, runtime.metrics)),
      schema_(std::make_unique<SchemaWatch>(config)),
      clock_(system, runtime.metrics) {
  runtime.admin.AddCheck({"clock", false, [this] { return clock_.fits(); }});
  SealReplies(keyring);
  runtime.admin.AddCheck({"erasure_ledger", false, [this] { return ledger && ledger->Reachable(); }});
  runtime.admin.AddCheck({"database", true, [this] { return app.Reachable() && system.Reachable(); }});
  runtime.admin.AddCheck({"schema", true, [this] { return schema_->current(); }});
}

Store::~Store() = default;

rpc::ClientOptions ClientOf(const PeerConfig& config) { return {config.auth_target, config.client_id, config.client_secret}; }

events::RelayOptions RelayOf(const DataConfig& config, const Runtime& runtime) {
  events::RelayOptions options;
  options.brokers = config.kafka_brokers;
  options.topic = "quittance." + runtime.name + ".v1";
  options.source = "/quittance/" + runtime.name;
  options.owner = runtime.name + "-" + std::to_string(getpid()) + "-" + crypto::Hex(crypto::RandomBytes(6));
  return options;
}

events::ConsumerOptions ConsumerOf(const DataConfig& config, const Runtime& runtime) {
  events::ConsumerOptions options;
  options.brokers = config.kafka_brokers;
  options.group = "quittance-" + runtime.name;
  return options;
}

events::Subscription RevocationsHeard(const Clock& clock) {
  return {"quittance.auth.v1.CredentialsRevoked",
          [&clock](db::Tx& tx, const events::Event& event) { rpc::HearRevocation(tx, event.id, event.tenant, event.data, clock.Now()); }};
}

EdgePtr MakeEdge(const BaseConfig& config, Runtime& runtime, rpc::TrustSource source, db::Database* trust_store) {
  rpc::EdgeOptions options;
  options.issuer = config.issuer;
  options.token_secrets = config.token_secrets;
  options.trust_source = std::move(source);
  options.trust_store = trust_store;
  options.address_hash_key = config.source_hash_key;
  options.service_account_rate = config.service_account_rate;
  EdgePtr edge = rpc::MakeEdge(std::move(options), runtime.executor, runtime.metrics, runtime.clock);
  rpc::Edge* const raw = edge.get();
  runtime.admin.AddCheck({"trust", true, [raw] { return rpc::TrustFresh(*raw); }});
  runtime.admin.AddCheck({"trust_age", false, [raw] { return rpc::TrustAge(*raw) < kTrustStale; }});
  return edge;
}

}  // namespace quittance::service
