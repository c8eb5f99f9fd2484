// Configuration errors: all at once, names and never values, exit 78.
#include <gtest/gtest.h>

#include <fstream>

#include "common/service/run.h"

namespace quittance::service {
namespace {

struct Config {
  BaseConfig base;
  DataConfig data;
  PeerConfig peer;
  static Config Read(config::Env& env) {
    Config config;
    config.base = ReadBase(env, true);
    config.data = ReadData(env, config.base.profile);
    config.peer = ReadPeer(env);
    return config;
  }
};

struct App {
  App(const Config&, Runtime&) { ADD_FAILURE() << "nothing is built on a wrong configuration"; }
  void Start() {}
  void Drain(SteadyTime) {}
  static const std::vector<Command> kCommands;
};
const std::vector<Command> App::kCommands = {
    {"greet NAME", "never called by this name", [](config::Env&, const std::vector<std::string>&) { return 1; }},
    {"greet", "says hello", [](config::Env& env, const std::vector<std::string>& words) {
       env.Text("QUITTANCE_TEST_GREETING", "what to say");
       if (const int code = ReportProblems(env); code != 0) return code;
       return words == std::vector<std::string>{"you"} ? 5 : 6;
     }}};

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (char** row = environ; row != nullptr && *row != nullptr;) {
      const std::string name = std::string(*row).substr(0, std::string(*row).find('='));
      if (name.starts_with("QUITTANCE_"))
        unsetenv(name.c_str());
      else
        ++row;
    }
  }
  int Call(std::vector<std::string> words) {
    words.insert(words.begin(), "quittance-test");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = service::Run<Config, App>("test", static_cast<int>(argv.size()), argv.data());
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }
  static void Set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }
  bool Names(const std::string& variable) const { return err_.find(variable) != std::string::npos; }

  std::string out_, err_;
};

TEST_F(ConfigTest, D06_EveryProblemIsNamedAtOnce) {
  Set("QUITTANCE_ADMIN_LISTEN", "nowhere");
  Set("QUITTANCE_THREADS", "0");
  Set("QUITTANCE_PUBLIC_URL", "not a url");
  Set("QUITTANCE_KEYRING_FILE", "/does/not/exist");
  Set("QUITTANCE_SOURCE_HASH_KEY", "hunter2");
  Set("QUITTANCE_TOKEN_SECRET", "a secret of only 31 bytes......");
  Set("QUITTANCE_CLIENT_SECRET_FILE", "/does/not/exist/either");
  EXPECT_EQ(Call({}), 78);
  for (const char* name :
       {"QUITTANCE_ADMIN_LISTEN", "QUITTANCE_THREADS", "QUITTANCE_PUBLIC_URL", "QUITTANCE_KEYRING_FILE", "QUITTANCE_SOURCE_HASH_KEY",
        "QUITTANCE_TOKEN_SECRET", "QUITTANCE_CLIENT_SECRET_FILE", "QUITTANCE_GRPC_LISTEN", "QUITTANCE_DATABASE_URL",
        "QUITTANCE_SYSTEM_DATABASE_URL", "QUITTANCE_KAFKA_BROKERS", "QUITTANCE_AUTH_TARGET", "QUITTANCE_CLIENT_ID"}) {
    EXPECT_TRUE(Names(name)) << name << " in\n" << err_;
  }
  EXPECT_EQ(err_.find("hunter2"), std::string::npos) << "the field, not the value";
  EXPECT_EQ(err_.find("not a url"), std::string::npos);
  EXPECT_EQ(err_.find("31 bytes"), std::string::npos);
  for (std::size_t at = 0; at < err_.size(); at = err_.find('\n', at) + 1) EXPECT_EQ(err_[at], '{') << "one JSON object a line";
}

TEST_F(ConfigTest, D06_TheTestClockIsRefusedInProduction) {
  const std::string file = testing::TempDir() + "/clock";
  std::ofstream(file) << "0";
  Set("QUITTANCE_TEST_CLOCK_FILE", file);
  EXPECT_EQ(Call({"serve"}), 78);
  EXPECT_TRUE(Names("QUITTANCE_TEST_CLOCK_FILE is refused in the production profile")) << err_;
  Set("QUITTANCE_PROFILE", "dev");
  EXPECT_EQ(Call({"serve"}), 78);
  EXPECT_FALSE(Names("QUITTANCE_TEST_CLOCK_FILE")) << err_;
}

TEST_F(ConfigTest, D06_TlsFilesGoTogether) {
  const std::string file = testing::TempDir() + "/cert.pem";
  std::ofstream(file) << "pem";
  Set("QUITTANCE_GRPC_TLS_CERTIFICATE_FILE", file);
  Set("QUITTANCE_GRPC_TLS_MUTUAL", "on");
  EXPECT_EQ(Call({}), 78);
  EXPECT_TRUE(Names("QUITTANCE_GRPC_TLS_KEY_FILE")) << err_;
  EXPECT_TRUE(Names("QUITTANCE_GRPC_TLS_AUTHORITIES_FILE")) << err_;
}

TEST_F(ConfigTest, MigrateReadsOnlyWhatItNeeds) {
  EXPECT_EQ(Call({"migrate"}), 78);
  EXPECT_TRUE(Names("QUITTANCE_DATABASE_OWNER_URL") && Names("QUITTANCE_MIGRATIONS_DIR")) << err_;
  EXPECT_FALSE(Names("QUITTANCE_CLIENT_SECRET") || Names("QUITTANCE_GRPC_LISTEN")) << err_;
  EXPECT_EQ(Call({"migrate", "down"}), 64);
}

TEST_F(ConfigTest, ConfigPrintsTheReferenceWithoutAnyConfiguration) {
  EXPECT_EQ(Call({"config"}), 0);
  EXPECT_EQ(out_.substr(0, 12), "| Variable |");
  for (const char* name : {"`QUITTANCE_PROFILE`", "`QUITTANCE_DATABASE_URL`", "`QUITTANCE_DATABASE_OWNER_URL`", "`QUITTANCE_CLIENT_SECRET`",
                           "`QUITTANCE_KAFKA_PARTITIONS`"}) {
    EXPECT_NE(out_.find(name), std::string::npos) << name;
  }
  const auto first = out_.find("`QUITTANCE_KAFKA_BROKERS`");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(out_.find("`QUITTANCE_KAFKA_BROKERS`", first + 1), std::string::npos) << "each once";
}

TEST_F(ConfigTest, VerbsAndUsage) {
  EXPECT_EQ(Call({"--help"}), 0);
  for (const char* word : {"serve", "migrate", "config", "greet", "78"}) EXPECT_NE(out_.find(word), std::string::npos) << word;
  EXPECT_EQ(Call({"--version"}), 0);
  EXPECT_EQ(out_.find("quittance-test "), 0u);
  EXPECT_EQ(Call({"dance"}), 64);
  EXPECT_EQ(Call({"serve", "please"}), 64);
  EXPECT_EQ(Call({"greet", "you"}), 78);
  EXPECT_TRUE(Names("QUITTANCE_TEST_GREETING"));
  Set("QUITTANCE_TEST_GREETING", "hello");
  EXPECT_EQ(Call({"greet", "you"}), 5);
}

}  // namespace
}  // namespace quittance::service
