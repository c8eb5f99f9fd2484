// A line of the log is one line of valid JSON, whatever its values hold.
#include "common/log/log.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>
#include <type_traits>

#include "common/core/secret.h"
#include "common/core/text.h"
#include "common/core/time.h"

namespace quittance::log {
namespace {

using nlohmann::json;

TEST(Log, FieldsKeepTheirTypes) {
  Init("billing", "0.1.0", Level::kInfo);
  const json line = json::parse(
      Render(Level::kWarn, "rpc",
             {{"method", "GetPlan"}, {"ms", 12}, {"ratio", 0.5}, {"replayed", true}, {"none", std::numeric_limits<double>::infinity()}}));
  EXPECT_EQ(line["level"], "warn");
  EXPECT_EQ(line["service"], "billing");
  EXPECT_EQ(line["version"], "0.1.0");
  EXPECT_EQ(line["msg"], "rpc");
  EXPECT_EQ(line["method"], "GetPlan");
  EXPECT_EQ(line["ms"], 12);
  EXPECT_EQ(line["ratio"], 0.5);
  EXPECT_EQ(line["replayed"], true);
  EXPECT_TRUE(line["none"].is_null());
  EXPECT_TRUE(ParseRfc3339(line["time"].get<std::string>()));
}

TEST(Log, N14_NothingOutsideCanBreakALine) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  const std::string injections[] = {"x\r\n{\"level\":\"info\",\"msg\":\"forged\"}",
                                    "\",\"level\":\"error",
                                    "\x1b[31mred\x1b[0m",
                                    "\xc2\x9b"
                                    "31m",
                                    std::string("\0tail", 5),
                                    "\xff\xfe\xc0\xaf",
                                    "back\\slash\\",
                                    every};
  for (const std::string& injection : injections) {
    const std::string line = Render(Level::kInfo, injection, {{"user_agent", injection}});
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_EQ(line.find('\x7f'), std::string::npos);
    EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos);
    EXPECT_TRUE(IsValidUtf8(line));
    const json parsed = json::parse(line);
    EXPECT_EQ(parsed["level"], "info");
    EXPECT_EQ(parsed.size(), 6U);
  }
  const json kept = json::parse(Render(Level::kInfo, "é€😀 \"q\" \\ \n", {}));
  EXPECT_EQ(kept["msg"], "é€😀 \"q\" \\ \n");
}

TEST(Log, LongValuesAreCut) {
  const std::string line = Render(Level::kInfo, std::string(100'000, 'x'), {});
  EXPECT_LT(line.size(), 9000U);
  EXPECT_TRUE(json::accept(line));
}

TEST(Log, C14_SecretsNeitherPrintNorCompareNorBecomeFields) {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_constructible_v<Field, std::string_view, Secret>);
  const auto prints = []<class T>(const T*) {
    return requires(std::ostream & out, const T& value) { out << value; };
  };
  const auto compares = []<class T>(const T*) {
    return requires(const T& a, const T& b) { a == b; };
  };
  EXPECT_FALSE(prints(static_cast<const Secret*>(nullptr)));
  EXPECT_FALSE(compares(static_cast<const Secret*>(nullptr)));
  EXPECT_TRUE(prints(static_cast<const std::string*>(nullptr)));
}

TEST(Log, C14_CanariesAreMaskedInMessagesAndFields) {
  const std::string canaries[] = {"4242424242424242",
                                  "whsec_canarycanarycanary",
                                  "sk_live_canarycanary",
                                  "Bearer canarycanarycanary",
                                  "eyJhbGciOiJFUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJlY2FuYXJ5",
                                  "postgresql://owner:canarypassword@db.example/x",
                                  "123456789:AAcanarycanarycanarycanarycanarycan"};
  for (const std::string& canary : canaries) {
    const std::string line = Render(Level::kError, "failed with " + canary, {{"what", canary}, {"near", "x=" + canary + ";"}});
    EXPECT_EQ(line.find("canarycanary"), std::string::npos) << line;
    EXPECT_EQ(line.find("canarypassword"), std::string::npos) << line;
    EXPECT_EQ(line.find("4242424242424242"), std::string::npos) << line;
    EXPECT_EQ(line.find("c2lnbmF0dXJl"), std::string::npos) << line;
    EXPECT_NE(line.find("[redacted]"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace quittance::log
