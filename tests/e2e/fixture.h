// The stack of the end-to-end tests: its own folder and ports, five real processes, PostgreSQL, broker and sandbox; started once per
// program. A program says in its CMakeLists.txt which stack it wants (folder, port offset, words for `./dev up`); the environment may say
// otherwise, so that one program is run on several shapes.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>

#include "tests/e2e/journey.h"

namespace quittance::e2e {

class StackFixture {
 public:
  // Starts it on first use; ends with the program.
  static StackFixture& Get();
  ~StackFixture();

  Stack& stack() { return *stack_; }
  const std::string& folder() const { return folder_; }

  // Processes by the names of their pid files: billing, billing-2, broker, sandbox.
  void Kill(const std::string& process);
  void Signal(const std::string& process, int signal);
  bool Running(const std::string& process) const;
  // All replicas of a service.
  std::vector<std::string> Replicas(const std::string& service) const;
  void KillAll(const std::string& service);
  // Starts what has died and waits until it is ready.
  void Restart();

  void StopDatabase(const std::string& mode = "fast");
  void StartDatabase();
  // As the superuser of one database; the answer's rows, fields separated by |.
  std::string Sql(const std::string& database, const std::string& statement) const;

 private:
  StackFixture();
  int Dev(const std::string& words) const;
  pid_t PidOf(const std::string& process) const;

  std::string folder_;
  int port_base_ = 0;
  std::unique_ptr<Stack> stack_;
};

// Every observation is an expectation of the test.
class Expecting final : public Observer {
 public:
  void Step(const std::string& title) override { step_ = title; }
  void Observe(bool as_expected, const std::string& what) override { EXPECT_TRUE(as_expected) << step_ << ": " << what; }

 private:
  std::string step_;
};

// A tenant of its own, ready for the main job.
TenantSetup NewTenant(Stack& stack);

inline Stack& TheStack() { return StackFixture::Get().stack(); }

// The tenant of one file of tests, named by a class of its own.
template <class Tests>
TenantSetup& ReadyTenant() {
  static TenantSetup setup = NewTenant(TheStack());
  return setup;
}

// Tests of minutes run only in `./dev test --all`.
bool LongTests();

}  // namespace quittance::e2e
