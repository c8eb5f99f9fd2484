// `quittance-auth bootstrap`: once, with every credential on disk before it counts; the second time nothing changes.
#include "services/auth/bootstrap_command.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "common/config/env.h"
#include "common/crypto/hmac.h"
#include "services/auth/usecases/exchange_client_credentials.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

namespace fs = std::filesystem;

// Each test has a database of its own: bootstrap is once for a whole installation.
struct BootstrapTest : testing::Test {
  test::TestDatabase database{"auth"};
  fs::path folder = fs::temp_directory_path() / ("quittance-bootstrap-" + crypto::RandomToken());
  fs::path out = folder / "out";

  BootstrapTest() {
    fs::create_directories(folder);
    std::ofstream(folder / "keyring") << "1 " << crypto::Base64(crypto::RandomBytes(32)) << "\n";
  }
  ~BootstrapTest() override { fs::remove_all(folder); }

  int Run(std::vector<std::string> arguments) {
    config::Env env([this](const std::string& name) -> std::optional<std::string> {
      if (name == "QUITTANCE_SYSTEM_DATABASE_URL") return std::string(database.system_url().Reveal());
      if (name == "QUITTANCE_KEYRING_FILE") return (folder / "keyring").string();
      return std::nullopt;
    });
    return RunBootstrap(env, arguments);
  }
  std::vector<std::string> Usual() {
    return {"--out", out.string(), "--tenant", "calmness", "--display-name", "Calmness", "--locale", "fr", "--time-zone", "Europe/Paris"};
  }

  std::string File(const std::string& name) {
    std::ifstream in(out / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string Scalar(const std::string& sql) { return database.AdminValue(sql); }
  std::string ScopesOf(const std::string& name) {
    return Scalar(
        "SELECT t.code || ' ' || array_to_string(a.scopes, ' ') FROM service_accounts a JOIN tenants t USING (tenant_id) WHERE account_id "
        "= '" +
        File(name + ".client_id").substr(4) + "'");
  }
};

TEST_F(BootstrapTest, MakesEveryAccountWithItsScopesAndItsFiles) {
  ASSERT_EQ(Run(Usual()), 0);
  EXPECT_EQ(ScopesOf("platform"), "platform platform:admin");
  for (const char* process : {"billing", "subscriptions", "notifications"}) EXPECT_EQ(ScopesOf(process), "platform platform:service");
  EXPECT_EQ(ScopesOf("ingress"), "platform webhooks:ingest");
  EXPECT_EQ(ScopesOf("operator").rfind("calmness audit:read auth:admin", 0), 0u);
  for (const char* name : {"platform", "operator", "billing", "subscriptions", "notifications", "ingress"}) {
    const std::string secret = File(std::string(name) + ".client_secret");
    EXPECT_EQ(secret.size(), 43u) << name;
    EXPECT_EQ(Scalar("SELECT encode(secret_hash, 'hex') FROM service_account_secrets WHERE account_id = '" +
                     File(std::string(name) + ".client_id").substr(4) + "'"),
              crypto::Hex(crypto::Sha256(secret)));
    struct stat status {};
    ASSERT_EQ(::stat((out / (std::string(name) + ".client_secret")).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
  }
  EXPECT_EQ(Scalar("SELECT count(*) FROM signing_keys WHERE state = 'active'"), "1");
  EXPECT_EQ(Scalar("SELECT string_agg(code, ' ' ORDER BY code) FROM tenants"), "calmness platform");
}

TEST_F(BootstrapTest, TheSecondTimeNothingChanges) {
  ASSERT_EQ(Run(Usual()), 0);
  const std::string secret = File("platform.client_secret");
  auto other = Usual();
  other[3] = "another";
  EXPECT_EQ(Run(Usual()), 0);
  EXPECT_EQ(Run(other), 0);
  EXPECT_EQ(File("platform.client_secret"), secret);
  EXPECT_EQ(Scalar("SELECT count(*) FROM tenants"), "2");
  EXPECT_EQ(Scalar("SELECT count(*) FROM service_accounts"), "6");
}

TEST_F(BootstrapTest, TwoAtOnceAreOne) {
  std::thread other([&] { EXPECT_EQ(Run(Usual()), 0); });
  EXPECT_EQ(Run(Usual()), 0);
  other.join();
  EXPECT_EQ(Scalar("SELECT count(*) FROM service_accounts"), "6");
  EXPECT_EQ(Scalar("SELECT encode(secret_hash, 'hex') FROM service_account_secrets WHERE account_id = '" +
                   File("platform.client_id").substr(4) + "'"),
            crypto::Hex(crypto::Sha256(File("platform.client_secret"))));
}

TEST_F(BootstrapTest, SecretsThatCannotBeKeptDoNotExist) {
  std::ofstream(out.string()) << "a file where the folder should be";
  EXPECT_NE(Run(Usual()), 0);
  EXPECT_EQ(Scalar("SELECT count(*) FROM service_accounts"), "0");
  EXPECT_EQ(Scalar("SELECT count(*) FROM bootstrap"), "0");
  fs::remove(out);
  EXPECT_EQ(Run(Usual()), 0) << "and the next try is the first";
}

TEST_F(BootstrapTest, WrongArgumentsChangeNothing) {
  EXPECT_EQ(Run({}), 64);
  EXPECT_EQ(Run({"--out", out.string()}), 64);
  EXPECT_EQ(Run({"--out"}), 64);
  EXPECT_EQ(Run({"--unknown", "x"}), 64);
  auto reserved = Usual();
  reserved[3] = "platform";
  EXPECT_EQ(Run(reserved), 64);
  auto bad = Usual();
  bad[3] = "Bad Code";
  EXPECT_EQ(Run(bad), 64);
  EXPECT_EQ(Scalar("SELECT count(*) FROM tenants"), "0");
}

}  // namespace
}  // namespace quittance::auth
