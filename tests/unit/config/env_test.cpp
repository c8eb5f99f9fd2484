// A wrong configuration names every problem at once, and never a value.
#include "common/config/env.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>

namespace quittance::config {
namespace {

Env With(std::map<std::string, std::string> values) {
  return Env([values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  });
}

TEST(Env, ReadsEachType) {
  Env env = With({{"TEXT", "a b"},
                  {"URL", "https://pay.example/x"},
                  {"ADDRESS", "127.0.0.1:7010"},
                  {"NUMBER", "42"},
                  {"FLAG", "on"},
                  {"KIND", "dev"},
                  {"PLACE", "/"},
                  {"KEY", "s"}});
  EXPECT_EQ(env.Text("TEXT", ""), "a b");
  EXPECT_EQ(env.Url("URL", ""), "https://pay.example/x");
  EXPECT_EQ(env.Address("ADDRESS", ""), "127.0.0.1:7010");
  EXPECT_EQ(env.Integer("NUMBER", "", 1, 100), 42);
  EXPECT_TRUE(env.Switch("FLAG", "", false));
  EXPECT_EQ(env.OneOf("KIND", "", {"production", "dev"}), "dev");
  EXPECT_EQ(env.Path("PLACE", ""), "/");
  EXPECT_EQ(env.Secret("KEY", "").Reveal(), "s");
  EXPECT_TRUE(env.problems().empty());
  EXPECT_EQ(env.variables().size(), 8U);
}

TEST(Env, D06_EveryProblemTogetherAndNoValue) {
  Env env = With({{"URL", "canary"},
                  {"ADDRESS", "canary"},
                  {"NUMBER", "canary"},
                  {"FLAG", "canary"},
                  {"KIND", "canary"},
                  {"PLACE", "/canary"},
                  {"KEY_FILE", "/canary"}});
  env.Text("TEXT", "the name");
  env.Url("URL", "");
  env.Address("ADDRESS", "");
  env.Integer("NUMBER", "", 1, 100);
  env.Switch("FLAG", "", false);
  env.OneOf("KIND", "", {"production", "dev"});
  env.Path("PLACE", "");
  env.Secret("KEY", "");
  env.Problem("a rule across variables");
  ASSERT_EQ(env.problems().size(), 9U);
  const char* const names[] = {"TEXT", "URL", "ADDRESS", "NUMBER", "FLAG", "KIND", "PLACE", "KEY_FILE"};
  for (std::size_t i = 0; i < std::size(names); ++i) EXPECT_TRUE(env.problems()[i].starts_with(names[i])) << env.problems()[i];
  for (const auto& problem : env.problems()) EXPECT_EQ(problem.find("canary"), std::string::npos) << problem;
}

TEST(Env, FallbacksAreTakenForMissingAndEmpty) {
  Env env = With({{"TEXT", ""}, {"NUMBER", ""}, {"KEY", ""}});
  EXPECT_EQ(env.Text("TEXT", "", "x"), "x");
  EXPECT_EQ(env.Integer("NUMBER", "", 1, 100, 7), 7);
  EXPECT_FALSE(env.Switch("FLAG", "", false));
  EXPECT_EQ(env.Url("URL", "", ""), "");
  EXPECT_TRUE(env.Secret("KEY", "", false).empty());
  EXPECT_TRUE(env.problems().empty());
  EXPECT_EQ(env.variables()[1].fallback, "7");
  EXPECT_FALSE(env.variables()[1].required);
}

TEST(Env, NumbersAndAddressesAreStrict) {
  for (const char* bad : {"1x", " 1", "+1", "1.0", "0x1", "101", "0", "-1", "99999999999999999999"}) {
    Env env = With({{"NUMBER", bad}});
    env.Integer("NUMBER", "", 1, 100);
    EXPECT_EQ(env.problems().size(), 1U) << bad;
  }
  for (const char* bad : {"host", ":1", "host:", "host:65536", "host:-1", "host:x", "a b:1", "::1:80", "http://h:1:"}) {
    Env env = With({{"ADDRESS", bad}});
    env.Address("ADDRESS", "");
    EXPECT_EQ(env.problems().size(), 1U) << bad;
  }
  for (const char* good : {"localhost:0", "[::1]:80", "10.0.0.1:65535"}) {
    Env env = With({{"ADDRESS", good}});
    env.Address("ADDRESS", "");
    EXPECT_TRUE(env.problems().empty()) << good;
  }
  for (const char* bad : {"pay.example", "://x", "https://", "HTTP://x", "https://a b", "https://a\nb"}) {
    Env env = With({{"URL", bad}});
    env.Url("URL", "");
    EXPECT_EQ(env.problems().size(), 1U) << bad;
  }
}

class SecretFile : public testing::Test {
 protected:
  void SetUp() override { path_ = std::filesystem::temp_directory_path() / ("secret-" + std::to_string(::getpid())); }
  void TearDown() override { std::filesystem::remove(path_); }
  void Write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  std::filesystem::path path_;
};

TEST_F(SecretFile, LosesItsLastLineFeedOnly) {
  Write(" with blanks \r\n");
  Env env = With({{"KEY_FILE", path_.string()}});
  EXPECT_EQ(env.Secret("KEY", "").Reveal(), " with blanks ");
  EXPECT_TRUE(env.problems().empty());
}

TEST_F(SecretFile, EmptyOrDoubleIsAProblem) {
  Write("\n");
  Env empty = With({{"KEY_FILE", path_.string()}});
  empty.Secret("KEY", "");
  EXPECT_EQ(empty.problems().size(), 1U);
  Write("x");
  Env both = With({{"KEY_FILE", path_.string()}, {"KEY", "y"}});
  EXPECT_TRUE(both.Secret("KEY", "").empty());
  EXPECT_EQ(both.problems().size(), 1U);
}

}  // namespace
}  // namespace quittance::config
