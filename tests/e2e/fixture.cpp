// See fixture.h.
#include "tests/e2e/fixture.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tests/e2e/process.h"

#ifndef QUITTANCE_E2E_FOLDER
#define QUITTANCE_E2E_FOLDER ".dev-e2e"
#define QUITTANCE_E2E_PORTS "400"
#define QUITTANCE_E2E_UP ""
#endif

namespace quittance::e2e {
namespace {

const std::string kSource = QUITTANCE_SOURCE_DIR;

std::string FromEnv(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

// A script that knows deploy/local/postgres.sh.
int Postgres(const std::string& script) {
  return std::system(("bash -ec 'source \"" + kSource + "/deploy/local/postgres.sh\"; " + script + "' >&2").c_str());
}

}  // namespace

StackFixture& StackFixture::Get() {
  static StackFixture fixture;
  return fixture;
}

StackFixture::StackFixture()
    : folder_(kSource + "/" + FromEnv("QUITTANCE_E2E_FOLDER", QUITTANCE_E2E_FOLDER)),
      port_base_(std::stoi(FromEnv("QUITTANCE_PORT_BASE", "7000")) + std::stoi(FromEnv("QUITTANCE_E2E_PORTS", QUITTANCE_E2E_PORTS))) {
  Dev("down --purge");
  if (Dev("up --no-build " + FromEnv("QUITTANCE_E2E_UP", QUITTANCE_E2E_UP)) != 0) throw std::runtime_error("the stack did not start");
  stack_ = std::make_unique<Stack>(folder_ + "/endpoints.json");
}

StackFixture::~StackFixture() {
  stack_.reset();
  // After a failure the logs stay for whoever looks into it.
  Dev(testing::UnitTest::GetInstance()->Passed() ? "down --purge" : "down");
}

// QUITTANCE_BUILD names another build whose processes are played against, such as the release's.
int StackFixture::Dev(const std::string& words) const {
  const char* build = std::getenv("QUITTANCE_BUILD");
  const std::string command = "env QUITTANCE_DEV_DIR='" + folder_ + "' QUITTANCE_PORT_BASE=" + std::to_string(port_base_) +
                              " QUITTANCE_BUILD='" + (build != nullptr ? build : QUITTANCE_BINARY_DIR) +
                              "' '" QUITTANCE_SOURCE_DIR "/dev' " + words + " >&2";
  return std::system(command.c_str());
}

pid_t StackFixture::PidOf(const std::string& process) const {
  std::ifstream file(folder_ + "/run/" + process + ".pid");
  pid_t pid = 0;
  file >> pid;
  return pid;
}

void StackFixture::Signal(const std::string& process, int signal) {
  const pid_t pid = PidOf(process);
  ASSERT_GT(pid, 0) << process;
  ASSERT_EQ(kill(pid, signal), 0) << process;
}

// Gone when it returns: `dev up` leaves alone what it can still signal.
void StackFixture::Kill(const std::string& process) {
  const pid_t pid = PidOf(process);
  Signal(process, SIGKILL);
  EXPECT_TRUE(Eventually([&] { return kill(pid, 0) != 0; })) << process;
}

bool StackFixture::Running(const std::string& process) const { return IsAlive(PidOf(process)); }

std::vector<std::string> StackFixture::Replicas(const std::string& service) const {
  std::vector<std::string> names;
  for (const auto& [name, url] : stack_->endpoints().at("admin").items()) {
    if (name == service || name.rfind(service + "-", 0) == 0) names.push_back(name);
  }
  return names;
}

void StackFixture::KillAll(const std::string& service) {
  for (const auto& name : Replicas(service)) Kill(name);
}

void StackFixture::Restart() {
  std::string dead;
  for (const auto& [name, url] : stack_->endpoints().at("admin").items()) {
    if (!Running(name)) dead += " " + name;
  }
  ASSERT_EQ(Dev(Running("broker") ? "start" + dead : "up --no-build"), 0);
}

void StackFixture::StopDatabase(const std::string& mode) {
  ASSERT_EQ(Postgres("pg_as $PG_BIN/pg_ctl -D $(pg_dir " + folder_ + ")/data -m " + mode + " -w stop"), 0);
}

void StackFixture::StartDatabase() { ASSERT_EQ(Postgres("pg_start " + folder_ + " " + std::to_string(port_base_ + 40)), 0); }

std::string StackFixture::Sql(const std::string& database, const std::string& statement) const {
  std::string url = stack_->at("postgres_admin");
  url = url.substr(0, url.rfind('/') + 1) + "quittance_" + database;
  FILE* psql = popen(("psql -qAtX -v ON_ERROR_STOP=1 '" + url + "' -c \"" + statement + "\"").c_str(), "r");
  if (psql == nullptr) throw std::runtime_error("psql");
  std::string rows;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), psql)) > 0;) rows.append(buffer.data(), got);
  if (pclose(psql) != 0) throw std::runtime_error("SQL failed: " + statement);
  while (!rows.empty() && rows.back() == '\n') rows.pop_back();
  return rows;
}

TenantSetup NewTenant(Stack& stack) {
  TenantSetup setup = MakeTenant(stack, "tenant-" + RandomHex(8));
  Provision(stack, setup);
  return setup;
}

bool LongTests() { return std::getenv("QUITTANCE_LONG_TESTS") != nullptr; }

}  // namespace quittance::e2e
