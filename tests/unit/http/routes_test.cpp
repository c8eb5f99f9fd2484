// The route table by itself.
#include "common/http/routes.h"

#include <gtest/gtest.h>

namespace quittance::http {
namespace {

RouteTable Table() {
  return RouteTable(
      {{"GET", "/a/{id}", 0, nullptr}, {"POST", "/a/{id}", 10, nullptr}, {"GET", "/a/{id}/b", 0, nullptr}, {"GET", "/", 0, nullptr}});
}

TEST(Routes, FindsBySegments) {
  const RouteTable table = Table();
  const RouteMatch match = table.Find("GET", "/a/x%2By/b?q=1?2");
  ASSERT_EQ(match.kind, RouteMatch::Kind::kFound);
  EXPECT_EQ(match.route->path, "/a/{id}/b");
  EXPECT_EQ(match.parameters, std::vector<std::string>{"x+y"});
  EXPECT_EQ(match.path, "/a/x+y/b");
  EXPECT_EQ(match.query, "q=1?2");
  EXPECT_EQ(table.Find("GET", "/").kind, RouteMatch::Kind::kFound);
  EXPECT_EQ(table.Find("GET", "http://host/a/1").kind, RouteMatch::Kind::kFound);
  EXPECT_EQ(table.Find("GET", "http://host").kind, RouteMatch::Kind::kFound);
}

TEST(Routes, SaysWhyNot) {
  const RouteTable table = Table();
  EXPECT_EQ(table.Find("GET", "/b").kind, RouteMatch::Kind::kNoPath);
  const RouteMatch refused = table.Find("PUT", "/a/1");
  EXPECT_EQ(refused.kind, RouteMatch::Kind::kNoMethod);
  EXPECT_EQ(refused.allow, "GET, HEAD, POST");
  for (const char* target : {"", "*", "a", "/a/%g0", "/a/%0", "/a/\x01", "/a#b", "ftp://x/a"}) {
    EXPECT_EQ(table.Find("GET", target).kind, RouteMatch::Kind::kMalformed) << target;
  }
}

}  // namespace
}  // namespace quittance::http
