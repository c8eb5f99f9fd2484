// Processes that are told to end while there is work: clients with gRPC's standard retries see nothing of it.
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/e2e/load.h"

namespace quittance::e2e {
namespace {

class DrainTests;  // names this file's tenant

std::string LogOf(World& world, const std::string& process) {
  std::ifstream file(world.fixture.folder() + "/log/" + process + ".log");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int CountIn(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool Ended(World& world, const std::string& process) {
  return Eventually([&] { return !world.fixture.Running(process); }, std::chrono::seconds(35));
}

TEST(Drain, D01_SigtermOfEachServiceUnderLoad) {
  auto& world = Ready<DrainTests>();
  if (world.fixture.Replicas("billing").size() < 2) GTEST_SKIP() << "needs two replicas";
  Load load(world, Client::kStandardRetry);
  EXPECT_TRUE(load.FlowsAgain());
  for (std::size_t replica = 0; replica < 2; ++replica) {
    for (const char* service : {"ingress", "billing", "subscriptions", "notifications", "auth"}) {
      const auto process = world.fixture.Replicas(service).at(replica);
      world.fixture.Signal(process, SIGTERM);
      EXPECT_TRUE(Ended(world, process)) << process;
      EXPECT_EQ(CountIn(LogOf(world, process), "drain took too long"), 0) << process;
    }
    EXPECT_TRUE(load.FlowsAgain());
    world.fixture.Restart();
    EXPECT_TRUE(load.FlowsAgain());
  }
  load.Stop();
  EXPECT_EQ(load.Told(), (std::map<std::string, int>{}));
  load.ExpectNothingLostOrDoubled();
}

void EndTwice(World& world, const std::string& service) {
  const auto process = world.fixture.Replicas(service).back();
  const int before = CountIn(LogOf(world, process), "\"stopped\"");
  world.fixture.Signal(process, SIGTERM);
  world.fixture.Signal(process, SIGTERM);
  EXPECT_TRUE(Ended(world, process)) << process;
  EXPECT_EQ(CountIn(LogOf(world, process), "\"stopped\""), before + 1) << process;
  // A process of its own, ended at moments of its start and right after: exit code 0, or the signal's own before it is handled.
  for (const char* pause : {"0", "0.02", "0.05", "0.1", "0.2", "0.4", "0.8"}) {
    const std::string script = world.fixture.folder() + "/start-and-end-" + service + ".sh";
    std::ofstream(script) << "set -a\nsource '" << world.fixture.folder() << "/env/" << process << ".env'\nset +a\n'"
                          << QUITTANCE_BINARY_DIR << "/bin/quittance-" << service << "' >>'" << world.fixture.folder() << "/log/" << process
                          << ".log' 2>&1 &\npid=$!\nsleep " << pause << "\nkill -TERM $pid\nkill -TERM $pid 2>/dev/null || true\n"
                          << "wait $pid\ncode=$?\n[ $code = 0 ] || [ $code = 143 ]\n";
    EXPECT_EQ(std::system(("timeout 40 bash '" + script + "'").c_str()), 0) << process << " after " << pause << " s";
  }
}

TEST(Drain, D04_ASecondSigtermAndOneDuringStartUpChangeNothing) {
  auto& world = Ready<DrainTests>();
  std::vector<std::thread> threads;
  for (const char* service : {"auth", "billing", "subscriptions", "notifications", "ingress"})
    threads.emplace_back([&world, service] { EndTwice(world, service); });
  for (auto& thread : threads) thread.join();
  world.fixture.Restart();
}

// As behind a load balancer that learns of the end late: QUITTANCE_DRAIN_DELAY_SECONDS.
TEST(Drain, D02_CallsThatArriveTenSecondsAfterSigtermAreServed) {
  auto& world = Ready<DrainTests>();
  const auto process = world.fixture.Replicas("billing").back();
  const std::string ready = world.stack.endpoints().at("admin").at(process).get<std::string>() + "/readyz";
  const auto stub =
      billing::v1::BillingService::NewStub(grpc::CreateChannel(world.stack.each("billing").back(), grpc::InsecureChannelCredentials()));
  world.fixture.Signal(process, SIGTERM);
  ASSERT_TRUE(Ended(world, process));
  const std::string script = world.fixture.folder() + "/late-traffic.sh";
  std::ofstream(script) << "set -a\nsource '" << world.fixture.folder() << "/env/" << process << ".env'\nset +a\n"
                        << "export QUITTANCE_DRAIN_DELAY_SECONDS=20\n'" << QUITTANCE_BINARY_DIR << "/bin/quittance-billing' >>'"
                        << world.fixture.folder() << "/log/" << process << ".log' 2>&1 &\npid=$!\n"
                        << "until curl -fsS -o /dev/null '" << ready
                        << "'; do sleep 0.1; done\nsleep 3\nkill -TERM $pid\nwait $pid\n";  // ready long enough to be seen
  int code = -1;
  std::thread started([&] { code = std::system(("timeout 90 bash '" + script + "' 2>/dev/null").c_str()); });
  EXPECT_TRUE(Eventually([&] { return Http("GET", ready).status == 200; }));
  EXPECT_TRUE(Eventually([&] { return Http("GET", ready).status == 503; })) << "nobody is sent here any more";
  std::this_thread::sleep_for(std::chrono::seconds(10));
  const auto user = world.NewUser();
  const auto made = World::CreateAt(*stub, world.Token(), user, "order-" + RandomHex(16), {.connection = "hmac"});
  EXPECT_TRUE(made.ok()) << made.status.error_message();
  EXPECT_EQ(Http("GET", ready).status, 503);
  started.join();
  EXPECT_EQ(code, 0);
  world.fixture.Restart();
  world.Pay(made.value);
  world.ExpectPaidOnce(user, made.value.id());
}

}  // namespace
}  // namespace quittance::e2e
