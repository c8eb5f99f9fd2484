// The variables of auth, each with its rule; problems are reported together.
#include "services/auth/config.h"

namespace quittance::auth {
namespace {

constexpr std::int64_t kHashThreadsMax = 64;
constexpr std::int64_t kHashWaitLeast = 50;
constexpr std::int64_t kHashWaitMost = 60'000;

}  // namespace

Config Config::Read(config::Env& env) {
  Config config;
  config.base = service::ReadBase(env, true);
  config.data = service::ReadData(env, config.base.profile);
  config.token_keyring_file =
      env.Path("QUITTANCE_TOKEN_KEYRING_FILE", "Keyring shared by auth and notifications: seals one-time tokens in events.");
  config.hash_threads = static_cast<int>(
      env.Integer("QUITTANCE_HASH_THREADS", "Threads that hash passwords, 19 MiB each; 0: one per core.", 0, kHashThreadsMax, 0));
  config.hash_cost.memory_kib = static_cast<std::uint32_t>(
      env.Integer("QUITTANCE_HASH_MEMORY_KIB", "Memory of one argon2id hash, KiB. Raised: stored hashes follow at the next login.",
                  kHashCost.memory_kib, kHashCostMax.memory_kib, kHashCost.memory_kib));
  config.hash_cost.passes = static_cast<std::uint32_t>(
      env.Integer("QUITTANCE_HASH_PASSES", "Passes of one argon2id hash.", kHashCost.passes, kHashCostMax.passes, kHashCost.passes));
  config.hash_wait_max = std::chrono::milliseconds(
      env.Integer("QUITTANCE_HASH_WAIT_MS", "How long a password may wait for a hashing thread before the call is refused, milliseconds.",
                  kHashWaitLeast, kHashWaitMost, config.hash_wait_max.count()));
  config.billing_target = env.Text("QUITTANCE_BILLING_TARGET", "gRPC target of billing, which is asked for its part of a person's data");
  config.subscriptions_target = env.Text("QUITTANCE_SUBSCRIPTIONS_TARGET", "gRPC target of subscriptions, likewise");
  config.notifications_target = env.Text("QUITTANCE_NOTIFICATIONS_TARGET", "gRPC target of notifications, likewise");
  return config;
}

}  // namespace quittance::auth
