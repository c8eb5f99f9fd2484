// The command line round usecases/bootstrap: arguments, database, files. The files are written inside the transaction, before its commit,
// so that no account exists whose secret is not on disk.
#include "services/auth/bootstrap_command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <map>

#include "common/crypto/envelope.h"
#include "services/auth/usecases/bootstrap.h"

namespace quittance::auth {
namespace {

constexpr int kExitUsage = 64;  // sysexits EX_USAGE
constexpr int kExitFailed = 1;
constexpr std::string_view kUsage =
    "usage: quittance-auth bootstrap --out DIR --tenant CODE --display-name NAME [--locale fr|en] [--time-zone ZONE]\n";

using Options = std::map<std::string, std::string>;

// Nullopt: not the arguments of this command.
std::optional<Options> Parse(const std::vector<std::string>& arguments) {
  Options options{{"--locale", "fr"}, {"--time-zone", "Europe/Paris"}, {"--out", ""}, {"--tenant", ""}, {"--display-name", ""}};
  if (arguments.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto known = options.find(arguments[i]);
    if (known == options.end()) return std::nullopt;
    known->second = arguments[i + 1];
  }
  for (const auto& [name, value] : options) {
    if (value.empty()) return std::nullopt;
  }
  return options;
}

// 0600 from its first byte, on disk before this returns.
void WriteFile(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::remove(file);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) throw Fault("cannot create " + file.string());
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written) throw Fault("cannot write " + file.string());
}

void WriteAccounts(const std::filesystem::path& folder, const std::vector<BootstrapAccount>& accounts) {
  std::filesystem::create_directories(folder);
  for (const BootstrapAccount& account : accounts) {
    WriteFile(folder / (account.name + ".client_id"), account.id.ToString());
    WriteFile(folder / (account.name + ".client_secret"), account.secret.Reveal());
  }
}

// The parts a use case needs, for one call of one command.
struct Workbench {
  Workbench(const Secret& system_url, std::shared_ptr<const crypto::Keyring> keyring)
      : executor(1),
        system({.name = "system", .url = system_url, .connections = 1}, metrics),
        vault(keyring, keyring),
        signer("", vault),
        passwords(1, metrics, kHashCost, std::chrono::minutes(1)),
        deps{system, system, clock, ids, passwords, vault, signer} {}

  metrics::Registry metrics;
  async::Executor executor;
  db::Database system;
  SystemClock clock;
  crypto::RandomIds ids;
  Vault vault;
  Signer signer;
  PasswordHasher passwords;
  Deps deps;
};

int Report(const Result<bool>& made, const Options& options) {
  if (!made) {
    std::fprintf(stderr, "bootstrap refused: %s\n", made.error().message.c_str());
    for (const FieldViolation& each : made.error().fields) std::fprintf(stderr, "  %s %s\n", each.field.c_str(), each.rule.c_str());
    return kExitUsage;
  }
  if (*made) {
    std::printf("bootstrap done: tenant %s, credentials under %s\n", options.at("--tenant").c_str(), options.at("--out").c_str());
  } else {
    std::printf("bootstrap was done before; nothing changed\n");
  }
  return 0;
}

}  // namespace

int RunBootstrap(config::Env& env, const std::vector<std::string>& arguments) {
  const auto options = Parse(arguments);
  if (!options) {
    std::fputs(kUsage.data(), stderr);
    return kExitUsage;
  }
  const Secret url = env.Secret("QUITTANCE_SYSTEM_DATABASE_URL", "Database URL of the system role.");
  const std::filesystem::path keyring_file = env.Path("QUITTANCE_KEYRING_FILE", "Keyring that wraps this service's data keys.");
  if (const int problems = service::ReportProblems(env); problems != 0) return problems;
  try {
    Workbench bench(url, std::make_shared<const crypto::Keyring>(crypto::Keyring::Load(keyring_file)));
    const std::filesystem::path folder = options->at("--out");
    const NewTenant tenant{options->at("--tenant"), options->at("--display-name"), options->at("--locale"), options->at("--time-zone")};
    const auto made = async::RunSync(bench.executor, Bootstrap(bench.deps, tenant, [&](const std::vector<BootstrapAccount>& accounts) {
                                       WriteAccounts(folder, accounts);
                                     }));
    return Report(made, *options);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "bootstrap failed: %s\n", fault.what());
    return kExitFailed;
  }
}

}  // namespace quittance::auth
