// `serve` in a process of its own: start, signals, drain, exit codes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "common/core/fault.h"
#include "common/service/run.h"

namespace quittance::service {
namespace {

// Where the App tells what happens to it.
int tell = -1;

void Tell(char what) { EXPECT_EQ(write(tell, &what, 1), 1); }

struct Config {
  BaseConfig base;
  static Config Read(config::Env& env) { return {ReadBase(env, false)}; }
};

struct App {
  App(const Config&, Runtime& runtime) : runtime_(runtime) {
    const char* const mood = std::getenv("QUITTANCE_TEST_MOOD");
    mood_ = mood == nullptr ? "" : mood;
    if (mood_ == "keyring") throw ConfigProblem("QUITTANCE_KEYRING_FILE: line 1 is no key");
    if (mood_ == "port") throw Fault("cannot listen");
    Tell('b');
  }
  ~App() { Tell('d'); }
  void Start() {
    if (mood_ == "slow") std::this_thread::sleep_for(std::chrono::milliseconds(300));
    if (mood_ == "hardened") {
      rlimit core{};
      getrlimit(RLIMIT_CORE, &core);
      Tell(core.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0 ? 'y' : 'n');
    }
    runtime_.executor.Spawn(Work());
    Tell('s');
  }
  void Drain(SteadyTime deadline) {
    EXPECT_GT(deadline, std::chrono::steady_clock::now());
    Tell('t');
    if (mood_ == "slow") std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  // Still under way when the drain begins: it is waited for.
  Task<void> Work() {
    co_await async::Sleep(std::chrono::milliseconds(200));
    Tell('w');
  }
  Runtime& runtime_;
  std::string mood_;
};

class Served {
 public:
  explicit Served(const std::string& mood) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    child_ = fork();
    if (child_ == 0) {
      close(ends[0]);
      tell = ends[1];
      setenv("QUITTANCE_ADMIN_LISTEN", "127.0.0.1:0", 1);
      setenv("QUITTANCE_PUBLIC_URL", "https://pay.example.com", 1);
      setenv("QUITTANCE_TEST_MOOD", mood.c_str(), 1);
      std::string name = "quittance-test";
      char* argv[] = {name.data(), nullptr};
      _exit(Run<Config, App>("test", 1, argv));
    }
    close(ends[1]);
    read_ = ends[0];
  }
  ~Served() {
    if (child_ > 0) kill(child_, SIGKILL), waitpid(child_, nullptr, 0);
    close(read_);
  }
  // Waits until the App said `what`.
  bool Saw(char what) {
    while (said_.find(what) == std::string::npos) {
      pollfd poller{read_, POLLIN, 0};
      char byte = 0;
      if (poll(&poller, 1, 5000) != 1 || read(read_, &byte, 1) != 1) return false;
      said_ += byte;
    }
    return true;
  }
  void Signal(int number) { kill(child_, number); }
  int Exit() {
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    for (char byte = 0; read(read_, &byte, 1) == 1;) said_ += byte;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::string& said() const { return said_; }

 private:
  pid_t child_ = -1;
  int read_ = -1;
  std::string said_;
};

TEST(Serve, SigtermDrainsInOrder) {
  Served process("");
  ASSERT_TRUE(process.Saw('s'));
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Exit(), 0);
  EXPECT_EQ(process.said(), "bstwd");
}

TEST(Serve, SigintToo) {
  Served process("");
  ASSERT_TRUE(process.Saw('w'));
  process.Signal(SIGINT);
  EXPECT_EQ(process.Exit(), 0);
  EXPECT_EQ(process.said(), "bswtd");
}

TEST(Serve, D04_ASecondSignalChangesNothing) {
  Served process("slow");
  ASSERT_TRUE(process.Saw('s'));
  process.Signal(SIGTERM);
  ASSERT_TRUE(process.Saw('t'));
  process.Signal(SIGTERM);
  process.Signal(SIGINT);
  EXPECT_EQ(process.Exit(), 0);
  EXPECT_EQ(process.said(), "bstwd");
}

TEST(Serve, D04_ASignalDuringStartUpStopsAfterIt) {
  Served process("slow");
  ASSERT_TRUE(process.Saw('b'));
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Exit(), 0);
  EXPECT_EQ(process.said(), "bstwd");
}

TEST(Serve, D06_AKeyringThatIsNoneIsAConfigurationProblem) {
  Served process("keyring");
  EXPECT_EQ(process.Exit(), 78);
}

TEST(Serve, APartThatIsMissingIsNot) {
  Served process("port");
  EXPECT_EQ(process.Exit(), 69);
}

TEST(Serve, D11_SecretsDoNotLeaveByCoreDumpOrDebugger) {
  Served process("hardened");
  EXPECT_TRUE(process.Saw('y'));
}

}  // namespace
}  // namespace quittance::service
