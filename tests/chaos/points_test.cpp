// The crash points of the code, of the table and of tests/chaos/README.md are the same; plans come from their seeds alone.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/chaos/plan.h"

namespace quittance::chaos {
namespace {

namespace fs = std::filesystem;

std::string Text(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::multiset<std::string> Matches(const std::string& text, const char* pattern) {
  std::multiset<std::string> found;
  const std::regex expression(pattern);
  for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end; ++match) found.insert((*match)[1]);
  return found;
}

std::multiset<std::string> InTheCode() {
  std::multiset<std::string> names;
  for (const char* folder : {"common", "services"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(QUITTANCE_SOURCE_DIR) / folder)) {
      if (entry.path().extension() == ".cpp") names.merge(Matches(Text(entry.path()), R"re(QUITTANCE_CRASH_POINT\("([^"]+)"\))re"));
    }
  }
  return names;
}

TEST(CrashPoints, TheTableHasEachPointOfTheCodeOnce) {
  std::multiset<std::string> table;
  for (const auto& point : CrashPoints()) {
    table.insert(point.name);
    EXPECT_FALSE(point.processes.empty() || point.legs.empty()) << point.name;
    EXPECT_LT(std::string(point.name).size(), 60u) << point.name;
  }
  EXPECT_EQ(table, InTheCode());
  EXPECT_EQ(std::set<std::string>(table.begin(), table.end()).size(), table.size()) << "a name twice";
}

TEST(CrashPoints, ThePageListsThemWithTheirNumbers) {
  std::multiset<std::string> expected;
  for (std::size_t i = 0; i < CrashPoints().size(); ++i) expected.insert(std::to_string(i + 1) + " | `" + CrashPoints()[i].name + "`");
  EXPECT_EQ(Matches(Text(QUITTANCE_SOURCE_DIR "/tests/chaos/README.md"), R"re(\| (\d+ \| `[a-z_.]+`) \|)re"), expected);
}

TEST(Plans, TheSameSeedGivesTheSamePlan) {
  std::set<std::string> plans;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    EXPECT_EQ(Describe(MakePlan(seed)), Describe(MakePlan(seed)));
    plans.insert(Describe(MakePlan(seed)));
  }
  EXPECT_EQ(plans.size(), 200u);
}

TEST(Plans, AThousandSeedsReachEveryPoint) {
  std::set<std::string> armed;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const Plan plan = MakePlan(seed);
    EXPECT_GE(plan.points.size(), 1u);
    EXPECT_LE(plan.points.size(), 3u);
    for (const auto& point : plan.points) armed.insert(point.name);
  }
  EXPECT_EQ(armed.size(), CrashPoints().size());
}

}  // namespace
}  // namespace quittance::chaos
