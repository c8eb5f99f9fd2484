// docs/configuration.md held to the code: each process prints its variables (`quittance-<name> config`), and the page has exactly these
// rows.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace quittance {
namespace {

struct Ran {
  int code = -1;
  std::string output;
};

Ran Execute(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> buffer;
  for (std::size_t size; (size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) ran.output.append(buffer.data(), size);
  ran.code = WEXITSTATUS(pclose(pipe));
  return ran;
}

std::string Page() {
  std::ifstream file(QUITTANCE_SOURCE_DIR "/docs/configuration.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> Rows(const std::string& text) {
  std::set<std::string> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| `QUITTANCE_", 0) == 0 || line.rfind("| `OTEL_", 0) == 0) rows.insert(line);
  }
  return rows;
}

// The part of the page under `## <name>`.
std::string Section(const std::string& page, const std::string& name) {
  const auto begin = page.find("\n## quittance-" + name + "\n");
  if (begin == std::string::npos) return "";
  const auto end = page.find("\n## ", begin + 4);
  return page.substr(begin, end == std::string::npos ? std::string::npos : end - begin);
}

class Configuration : public testing::TestWithParam<std::string> {};

TEST_P(Configuration, ThePageHasExactlyTheVariablesOfTheCode) {
  const Ran ran = Execute("env -i '" QUITTANCE_BINARY_DIR "/bin/quittance-" + GetParam() + "' config");
  ASSERT_EQ(ran.code, 0);
  const auto printed = Rows(ran.output);
  EXPECT_FALSE(printed.empty());
  EXPECT_EQ(printed, Rows(Section(Page(), GetParam())));
}

// D06: a configuration that does not hold names every problem at once and exits 78.
TEST_P(Configuration, D06_NamesEveryProblemAtOnceAndExits78) {
  const Ran ran = Execute("env -i QUITTANCE_ADMIN_LISTEN=nonsense QUITTANCE_PROFILE=holiday '" QUITTANCE_BINARY_DIR "/bin/quittance-" +
                          GetParam() + "' 2>&1");
  EXPECT_EQ(ran.code, 78);
  EXPECT_NE(ran.output.find("QUITTANCE_ADMIN_LISTEN"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("QUITTANCE_PROFILE"), std::string::npos) << ran.output;
  EXPECT_EQ(ran.output.find("holiday"), std::string::npos) << "a value was shown";
}

INSTANTIATE_TEST_SUITE_P(Processes, Configuration, testing::Values("auth", "billing", "subscriptions", "notifications", "ingress"),
                         [](const auto& process) { return process.param; });

}  // namespace
}  // namespace quittance
