// docs/failure-cases.md held to the tests: a row names files whose tests carry its id, or gives a reason; an id in a test name has a row.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace quittance {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = QUITTANCE_SOURCE_DIR;

std::string Text(const fs::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The ids that the names of a file's tests carry.
std::set<std::string> IdsOf(const fs::path& file) {
  static const std::regex test(R"(\b(TEST|TEST_F|TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(([^)]*)\))");
  std::set<std::string> ids;
  const std::string text = Text(file);
  for (std::sregex_iterator i(text.begin(), text.end(), test), end; i != end; ++i) {
    // Every word on its own, since a match takes the separator that the next one needs.
    std::stringstream words(std::regex_replace((*i)[2].str(), std::regex("[_,\\s]+"), " "));
    for (std::string word; words >> word;) {
      if (std::regex_match(word, std::regex("[IWMKJACSND][0-9]{2}"))) ids.insert(word);
    }
  }
  return ids;
}

// What the tests carry: id -> files below tests/.
std::map<std::string, std::set<std::string>> Carried() {
  std::map<std::string, std::set<std::string>> carried;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    for (const auto& id : IdsOf(entry.path())) carried[id].insert(fs::relative(entry.path(), kRoot / "tests").string());
  }
  return carried;
}

// The rows of the page: id -> its last cell.
std::map<std::string, std::string> Rows() {
  static const std::regex row(R"(^\| ([IWMKJACSND][0-9]{2}) \| .* \| (.+) \|$)");
  std::map<std::string, std::string> rows;
  std::stringstream page(Text(kRoot / "docs/failure-cases.md"));
  for (std::string line; std::getline(page, line);) {
    std::smatch match;
    if (std::regex_match(line, match, row)) EXPECT_TRUE(rows.emplace(match[1], match[2]).second) << "twice: " << match[1];
  }
  return rows;
}

TEST(FailureCases, ARowNamesTestsThatCarryItsIdOrGivesItsReason) {
  static const std::regex file(R"(`([^`]+\.cpp)`)");
  const auto carried = Carried();
  const auto rows = Rows();
  EXPECT_GE(rows.size(), 180u);
  for (const auto& [id, held] : rows) {
    int files = 0;
    for (std::sregex_iterator i(held.begin(), held.end(), file), end; i != end; ++i, ++files) {
      EXPECT_TRUE(carried.count(id) && carried.at(id).count((*i)[1])) << id << ": no test of " << (*i)[1] << " carries it";
    }
    if (files == 0) EXPECT_TRUE(held.rfind("cannot occur: ", 0) == 0 || held.rfind("not built yet: ", 0) == 0) << id << ": " << held;
  }
}

TEST(FailureCases, AnIdInATestNameHasItsRowAndTheRowSaysSo) {
  const auto rows = Rows();
  for (const auto& [id, files] : Carried()) {
    ASSERT_TRUE(rows.count(id)) << id << " of " << *files.begin();
    EXPECT_NE(rows.at(id).find(".cpp`"), std::string::npos)
        << id << " is carried by " << *files.begin() << ", the page says: " << rows.at(id);
  }
}

}  // namespace
}  // namespace quittance
