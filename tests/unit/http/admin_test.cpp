// The admin port: liveness apart from readiness, readiness by check, metrics, version.
#include "common/metrics/admin.h"

#include <atomic>

#include "tests/unit/http/server_fixture.h"

namespace quittance::metrics {
namespace {

using http::Carries;
using http::StatusLine;

class AdminTest : public ::testing::Test {
 protected:
  AdminTest() { admin.Listen("127.0.0.1:0"); }
  std::string Get(const std::string& path) {
    http::RawSocket socket(admin.port());
    socket.Send("GET " + path + " HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n");
    return socket.ReceiveAll();
  }

  async::Executor executor{1};
  Registry registry;
  AdminServer admin{executor, registry, "billing", "1.2.3"};
};

TEST_F(AdminTest, ReadinessNamesEachCheckAndLivenessKnowsNone) {
  std::atomic<bool> database{true};
  admin.AddCheck({.name = "database", .required = true, .ok = [&] { return database.load(); }});
  admin.AddCheck({.name = "mail", .required = false, .ok = [] { return false; }});
  admin.AddCheck({.name = "trust", .required = false, .ok = []() -> bool { throw std::runtime_error("away"); }});
  EXPECT_TRUE(admin.Ready());
  EXPECT_EQ(StatusLine(Get("/readyz")), "HTTP/1.1 200 OK");
  const std::string verbose = Get("/readyz?verbose");
  EXPECT_TRUE(Carries(verbose, "[+] database ok\n[~] mail degraded\n[~] trust degraded\nready\n"));

  database = false;
  EXPECT_FALSE(admin.Ready());
  EXPECT_EQ(StatusLine(Get("/readyz")), "HTTP/1.1 503 Service Unavailable");
  EXPECT_TRUE(Carries(Get("/readyz?verbose"), "[-] database failed\n"));
  EXPECT_EQ(StatusLine(Get("/livez")), "HTTP/1.1 200 OK");
}

TEST_F(AdminTest, DrainingIsUnreadyAndAlive) {
  admin.SetDraining();
  EXPECT_EQ(StatusLine(Get("/readyz")), "HTTP/1.1 503 Service Unavailable");
  EXPECT_TRUE(Carries(Get("/readyz?verbose"), "[-] draining\n"));
  EXPECT_EQ(StatusLine(Get("/livez")), "HTTP/1.1 200 OK");
}

TEST_F(AdminTest, MetricsAndVersion) {
  registry.GetCounter("quittance_test_total", "A test.").Add(2);
  const std::string metrics = Get("/metrics");
  EXPECT_TRUE(Carries(metrics, "Content-Type: text/plain; version=0.0.4"));
  EXPECT_TRUE(Carries(metrics, "quittance_test_total 2"));
  EXPECT_TRUE(Carries(Get("/version"), R"({"service":"billing","version":"1.2.3"})"));
  EXPECT_TRUE(Carries(Get("/version"), "X-Content-Type-Options: nosniff"));
}

}  // namespace
}  // namespace quittance::metrics
