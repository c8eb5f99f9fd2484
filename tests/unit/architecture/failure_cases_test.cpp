// docs/failure-cases.md held to the tests: a row names files whose tests carry its id, or gives a reason; an id in a test name has a row.
#include <gtest/gtest.h>

#include <algorithm>
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

bool IsId(const std::string& word) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return word.size() == 3 && std::string("IWMKJACSND").find(word[0]) != std::string::npos && digit(word[1]) && digit(word[2]);
}

// The ids that the names of a file's tests carry.
std::set<std::string> IdsOf(const fs::path& file) {
  std::set<std::string> ids;
  const std::string text = Text(file);
  for (const std::string macro : {"\nTEST(", "\nTEST_F(", "\nTEST_P(", "\nRC_GTEST_PROP(", "\nRC_GTEST_FIXTURE_PROP("}) {
    for (auto at = text.find(macro); at != std::string::npos; at = text.find(macro, at + 1)) {
      std::string names = text.substr(at + macro.size(), text.find(')', at) - at - macro.size());
      std::replace_if(
          names.begin(), names.end(), [](char c) { return c == '_' || c == ','; }, ' ');
      std::stringstream words(names);
      for (std::string word; words >> word;) {
        if (IsId(word)) ids.insert(word);
      }
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
