// The house as a test: who may include whom (docs/architecture.md), one home per third-party library, how files open, how long they are.
// On Debian all headers sit in /usr/include, so only this can hold it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace quittance {
namespace {

namespace fs = std::filesystem;

struct File {
  std::string path;  // from the root
  std::vector<std::string> lines;
  std::vector<std::string> includes;  // quoted and angled, as written
};

const std::vector<File>& Files() {
  static const std::vector<File> files = [] {
    std::vector<File> all;
    const std::regex include(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
    for (const char* folder : {"common", "services", "deploy", "tests"}) {
      for (const auto& entry : fs::recursive_directory_iterator(fs::path(QUITTANCE_SOURCE_DIR) / folder)) {
        const auto extension = entry.path().extension();
        if (extension != ".h" && extension != ".cpp") continue;
        File file;
        file.path = fs::relative(entry.path(), QUITTANCE_SOURCE_DIR).string();
        std::ifstream in(entry.path());
        for (std::string line; std::getline(in, line);) {
          std::smatch match;
          if (line.find('#') != std::string::npos && std::regex_search(line, match, include)) file.includes.push_back(match[1]);
          file.lines.push_back(line);
        }
        all.push_back(std::move(file));
      }
    }
    return all;
  }();
  return files;
}

bool In(const std::string& path, const std::string& folder) { return path.rfind(folder, 0) == 0; }

// The service of services/<service>/…, or nothing.
std::string ServiceOf(const std::string& path) {
  const std::string root = "services/";
  const auto end = path.find('/', root.size());
  return In(path, root) && end != std::string::npos ? path.substr(root.size(), end - root.size()) : "";
}

// Whether `path` lies in services/<any>/<part>/.
bool InPart(const std::string& path, const std::string& part) {
  const std::string service = ServiceOf(path);
  return !service.empty() && In(path, "services/" + service + "/" + part + "/");
}
bool InAnyPart(const std::string& path, const std::vector<std::string>& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const auto& part) { return InPart(path, part); });
}

TEST(Architecture, ThirdPartyLibrariesHaveOneHome) {
  struct Home {
    const char* prefix;
    std::vector<std::string> folders;
  };
  const std::vector<Home> homes = {
      {"pqxx/", {"common/db/"}},
      {"librdkafka/", {"common/events/", "deploy/local/"}},
      {"curl/", {"common/http/"}},
      {"boost/beast", {"common/http/"}},
      {"boost/asio", {"common/async/", "common/http/", "common/db/", "common/rpc/", "common/jobs/", "common/service/"}},
      {"spdlog/", {"common/log/"}},
      {"prometheus/", {"common/metrics/"}},
      {"openssl/", {"common/crypto/"}},
      {"argon2", {"services/auth/"}},
      {"liboath/", {"services/auth/"}},
      {"mustache", {"services/notifications/"}},
      {"kainjow", {"services/notifications/"}},
      {"nghttp2/", {}},  // the benchmarks' load alone
  };
  for (const auto& file : Files()) {
    if (In(file.path, "tests/")) continue;
    for (const auto& include : file.includes) {
      for (const auto& home : homes) {
        if (!In(include, home.prefix)) continue;
        EXPECT_TRUE(std::any_of(home.folders.begin(), home.folders.end(), [&](const auto& folder) { return In(file.path, folder); }))
            << file.path << " includes " << include;
      }
    }
  }
}

TEST(Architecture, GrpcStaysAtTheEdge) {
  for (const auto& file : Files()) {
    if (In(file.path, "tests/") || In(file.path, "common/rpc/") || In(file.path, "common/service/") || InPart(file.path, "api")) continue;
    // The services of common and the composition roots connect things.
    if (std::regex_search(file.path, std::regex("^common/(settings|audit|person)/.*service")) ||
        std::regex_search(file.path, std::regex("^services/[^/]+/[^/]+$")))
      continue;
    for (const auto& include : file.includes) {
      EXPECT_FALSE(include.find("grpc") != std::string::npos) << file.path << " includes " << include;
      EXPECT_FALSE(In(include, "google/protobuf")) << file.path << " includes " << include;
    }
  }
}

TEST(Architecture, CoreIsStdOnly) {
  for (const auto& file : Files()) {
    if (!In(file.path, "common/core/")) continue;
    for (const auto& include : file.includes) {
      const bool system = In(include, "sys/");  // of POSIX, as unistd.h
      EXPECT_TRUE(In(include, "common/core/") || system || include.find('/') == std::string::npos) << file.path << " includes " << include;
      EXPECT_NE(include, "nlohmann/json.hpp") << file.path;
    }
  }
}

TEST(Architecture, CommonKnowsNoService) {
  for (const auto& file : Files()) {
    if (!In(file.path, "common/")) continue;
    for (const auto& include : file.includes) EXPECT_FALSE(In(include, "services/")) << file.path << " includes " << include;
  }
}

TEST(Architecture, DomainIsPure) {
  for (const auto& file : Files()) {
    if (!InPart(file.path, "domain")) continue;
    for (const auto& include : file.includes) {
      const bool own = In(include, "services/" + ServiceOf(file.path) + "/domain/");
      EXPECT_TRUE(own || In(include, "common/core/") || include.find('/') == std::string::npos) << file.path << " includes " << include;
      EXPECT_NE(include, "common/core/clock.h") << file.path << ": now is an argument";
    }
  }
}

TEST(Architecture, NobodyCallsUpwards) {
  for (const auto& file : Files()) {
    const std::string service = ServiceOf(file.path);
    if (service.empty()) continue;
    const std::string root = "services/" + service + "/";
    for (const auto& include : file.includes) {
      if (In(include, "services/")) EXPECT_EQ(ServiceOf(include), service) << file.path << " includes another service: " << include;
      if (InAnyPart(file.path, {"store", "domain"})) EXPECT_FALSE(In(include, root + "usecases/")) << file.path << " includes " << include;
      if (InAnyPart(file.path, {"store", "domain", "usecases", "psp", "membership", "channels"})) {
        EXPECT_FALSE(In(include, root + "api/")) << file.path << " includes " << include;
        EXPECT_FALSE(In(include, root + "app")) << file.path << " includes " << include;
      }
      if (InPart(file.path, "api")) EXPECT_FALSE(In(include, root + "store/")) << file.path << " includes " << include;
      if (InPart(file.path, "usecases")) {
        EXPECT_NE(include, "nlohmann/json.hpp") << file.path;
        EXPECT_FALSE(In(include, "common/rpc/") || In(include, "common/log/")) << file.path << " includes " << include;
      }
      if (InPart(file.path, "psp") && !std::regex_search(file.path, std::regex("psp/[^/]+$"))) {
        std::smatch own;
        std::regex_search(file.path, own, std::regex("psp/([^/]+)/"));
        EXPECT_FALSE(In(include, root + "psp/") && std::regex_search(include, std::regex("psp/[^/]+/")) &&
                     !In(include, root + "psp/" + own[1].str()))
            << file.path << " includes another PSP: " << include;
        EXPECT_FALSE(In(include, root + "store/") || In(include, root + "usecases/")) << file.path << " includes " << include;
      }
    }
  }
}

TEST(Architecture, FilesOpenWithWhatTheyAreForAndStayReadable) {
  for (const auto& file : Files()) {
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_TRUE(file.lines[0].rfind("//", 0) == 0) << file.path << " opens without a comment";
    EXPECT_LE(file.lines.size(), 600u) << file.path;
    for (std::size_t i = 0; i < file.lines.size(); ++i) EXPECT_LE(file.lines[i].size(), 170u) << file.path << ":" << i + 1;
  }
}

TEST(Architecture, NothingUnfinishedIsCheckedIn) {
  // In quotes the last one is ISO 4217's code for no currency.
  const std::vector<std::string> words = {std::string("TO") + "DO", std::string("FIX") + "ME", std::string("XX") + "X"};
  const std::regex marks("\\b(" + words[0] + "|" + words[1] + ")\\b|[^\"]\\b" + words[2] + "\\b[^\"]");
  const auto suspect = [&](const std::string& line) {
    return std::any_of(words.begin(), words.end(), [&](const auto& word) { return line.find(word) != std::string::npos; });
  };
  for (const auto& file : Files()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      EXPECT_FALSE(suspect(file.lines[i]) && std::regex_search(file.lines[i], marks)) << file.path << ":" << i + 1;
  }
}

}  // namespace
}  // namespace quittance
