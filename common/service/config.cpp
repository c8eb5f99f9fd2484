// The variables that processes share. Invariant: every problem is found in one go; a value is never shown.
#include "common/crypto/token_secrets.h"
#include "common/service/run.h"

namespace quittance::service {

namespace {

constexpr int kThreadsMax = 64;
constexpr int kConnectionsMax = 200;
constexpr int kRateMax = 10'000'000;
constexpr int kDrainDelayMax = 60;
constexpr std::size_t kHashKeyBytesMin = 16;

TlsConfig ReadTls(config::Env& env, bool with_grpc) {
  TlsConfig tls;
  tls.certificate =
      env.Path("QUITTANCE_GRPC_TLS_CERTIFICATE_FILE", "PEM chain of this process; empty with the other TLS files: gRPC is plaintext", "")
          .string();
  tls.key = env.Path("QUITTANCE_GRPC_TLS_KEY_FILE", "PEM key of that chain", "").string();
  tls.authorities = env.Path("QUITTANCE_GRPC_TLS_AUTHORITIES_FILE", "PEM of the authorities that sign the other processes", "").string();
  tls.mutual = env.Switch("QUITTANCE_GRPC_TLS_MUTUAL", "clients of the gRPC port must show a certificate of these authorities", false);
  if (tls.certificate.empty() != tls.key.empty())
    env.Problem("QUITTANCE_GRPC_TLS_CERTIFICATE_FILE and QUITTANCE_GRPC_TLS_KEY_FILE go together");
  if (!tls.certificate.empty() && tls.authorities.empty())
    env.Problem("QUITTANCE_GRPC_TLS_AUTHORITIES_FILE is missing, without it no other process can be called");
  if (with_grpc && tls.certificate.empty() && !tls.authorities.empty())
    env.Problem("QUITTANCE_GRPC_TLS_CERTIFICATE_FILE is missing, without it the gRPC port cannot speak TLS");
  if (tls.mutual && tls.certificate.empty()) env.Problem("QUITTANCE_GRPC_TLS_MUTUAL needs the three TLS files");
  return tls;
}

}  // namespace

BaseConfig ReadBase(config::Env& env, bool with_grpc) {
  BaseConfig base;
  const std::string profile =
      env.OneOf("QUITTANCE_PROFILE", "dev allows the test clock and the mock PSP", {"production", "dev"}, "production");
  base.profile = profile == "dev" ? Profile::kDev : Profile::kProduction;
  if (with_grpc) base.grpc_listen = env.Address("QUITTANCE_GRPC_LISTEN", "where gRPC is served");
  base.admin_listen = env.Address("QUITTANCE_ADMIN_LISTEN", "where /metrics /livez /readyz /version are served; not for the internet");
  base.public_url = env.Url("QUITTANCE_PUBLIC_URL", "how the world reaches the ingress");
  base.issuer = env.Url("QUITTANCE_ISSUER", "`iss` of the tokens, the same in every process; empty: QUITTANCE_PUBLIC_URL", "");
  if (base.issuer.empty()) base.issuer = base.public_url;
  base.test_clock_file = env.Path("QUITTANCE_TEST_CLOCK_FILE", "seconds that business time is ahead; only in the dev profile", "").string();
  if (!base.test_clock_file.empty() && base.profile != Profile::kDev)
    env.Problem("QUITTANCE_TEST_CLOCK_FILE is refused in the production profile");
  base.threads = static_cast<int>(env.Integer("QUITTANCE_THREADS", "threads that run coroutines", 1, kThreadsMax, 2));
  base.log_level = env.OneOf("QUITTANCE_LOG_LEVEL", "the least that is written", {"debug", "info", "warn", "error"}, "info");
  base.drain_delay = std::chrono::seconds(
      env.Integer("QUITTANCE_DRAIN_DELAY_SECONDS",
                  "after SIGTERM: not ready any more, but still serving, until load balancers have noticed", 0, kDrainDelayMax, 0));
  base.source_hash_key =
      env.Secret("QUITTANCE_SOURCE_HASH_KEY",
                 "keys the daily hashes of client addresses; empty: random, then hashes differ between processes and restarts", false);
  if (!base.source_hash_key.empty() && base.source_hash_key.Reveal().size() < kHashKeyBytesMin) {
    env.Problem("QUITTANCE_SOURCE_HASH_KEY must have " + std::to_string(kHashKeyBytesMin) + " bytes or more");
  }
  if (with_grpc) {
    base.token_secrets =
        env.Secret("QUITTANCE_TOKEN_SECRET",
                   "tokens under HS256 instead of ES256: a secret of 32 bytes or more, the same in every process; several, "
                   "one a line: the first signs, all verify; empty: ES256",
                   false);
    if (!base.token_secrets.empty() && !crypto::TokenSecrets::Parse(base.token_secrets)) {
      env.Problem("QUITTANCE_TOKEN_SECRET must be 1 to " + std::to_string(crypto::kTokenSecretsMax) + " lines of " +
                  std::to_string(crypto::kTokenSecretBytesMin) + " bytes or more each");
    }
    base.reflection = env.Switch("QUITTANCE_REFLECTION", "gRPC server reflection (v1alpha)", false);
    base.service_account_rate = static_cast<int>(env.Integer(
        "QUITTANCE_SERVICE_ACCOUNT_RATE", "calls a minute of one service account of a tenant", 1, kRateMax, base.service_account_rate));
  }
  base.tls = ReadTls(env, with_grpc);
  return base;
}

DataConfig ReadData(config::Env& env, Profile) {
  DataConfig data;
  data.database_url = env.Secret("QUITTANCE_DATABASE_URL", "postgresql:// of the application role");
  data.system_database_url = env.Secret("QUITTANCE_SYSTEM_DATABASE_URL", "postgresql:// of the system role");
  data.connections = static_cast<int>(env.Integer("QUITTANCE_DATABASE_CONNECTIONS", "connections of each role", 1, kConnectionsMax, 4));
  data.kafka_brokers = env.Text("QUITTANCE_KAFKA_BROKERS", "host:port of Kafka brokers, separated by commas");
  data.keyring_file =
      env.Path("QUITTANCE_KEYRING_FILE", "keys that wrap the data keys: one `<id> <base64 of 32 bytes>` a line, the highest id wraps");
  data.migrations = env.Path("QUITTANCE_MIGRATIONS_DIR", "this service's folder of migrations; `common` lies beside it");
  data.erasure_ledger_url =
      env.Secret("QUITTANCE_ERASURE_LEDGER_URL",
                 "postgresql:// of the ledger of erasures, outside the dumps; empty: a restore brings erased people back", false);
  return data;
}

PeerConfig ReadPeer(config::Env& env) {
  PeerConfig peer;
  peer.auth_target = env.Text("QUITTANCE_AUTH_TARGET", "gRPC target of auth: host:port, ipv4:a,b or dns:///name:port");
  peer.client_id = env.Text("QUITTANCE_CLIENT_ID", "this process's service account, from `quittance-auth bootstrap`");
  peer.client_secret = env.Secret("QUITTANCE_CLIENT_SECRET", "its secret");
  return peer;
}

}  // namespace quittance::service
