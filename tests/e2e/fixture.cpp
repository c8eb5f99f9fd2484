// See fixture.h.
#include "tests/e2e/fixture.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace quittance::e2e {
namespace {

const std::string kFolder = std::string(QUITTANCE_SOURCE_DIR) + "/.dev-e2e";

int Dev(const std::string& words) {
  const int base = std::getenv("QUITTANCE_PORT_BASE") != nullptr ? std::atoi(std::getenv("QUITTANCE_PORT_BASE")) : 7000;
  const std::string command = "env QUITTANCE_DEV_DIR='" + kFolder + "' QUITTANCE_PORT_BASE=" + std::to_string(base + 400) +
                              " QUITTANCE_BUILD='" QUITTANCE_BINARY_DIR "' '" QUITTANCE_SOURCE_DIR "/dev' " + words + " >&2";
  return std::system(command.c_str());
}

}  // namespace

StackFixture& StackFixture::Get() {
  static StackFixture fixture;
  return fixture;
}

StackFixture::StackFixture() {
  Dev("down --purge");
  if (Dev("up --no-build") != 0) throw std::runtime_error("the stack did not start");
  stack_ = std::make_unique<Stack>(kFolder + "/endpoints.json");
}

StackFixture::~StackFixture() {
  stack_.reset();
  // After a failure the logs stay for whoever looks into it.
  Dev(testing::UnitTest::GetInstance()->Passed() ? "down --purge" : "down");
}

void StackFixture::Kill(const std::string& process) {
  std::ifstream file(kFolder + "/run/" + process + ".pid");
  pid_t pid = 0;
  ASSERT_TRUE(file >> pid) << process;
  ASSERT_EQ(kill(pid, SIGKILL), 0) << process;
}

void StackFixture::Restart() { ASSERT_EQ(Dev("up --no-build"), 0); }

TenantSetup NewTenant(Stack& stack) {
  TenantSetup setup = MakeTenant(stack, "tenant-" + RandomHex(8));
  Provision(stack, setup);
  return setup;
}

}  // namespace quittance::e2e
