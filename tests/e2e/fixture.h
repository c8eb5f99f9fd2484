// The stack of the end-to-end tests: its own folder and ports, five real processes, PostgreSQL, broker and sandbox; started once per
// program.
#pragma once

#include <gtest/gtest.h>

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
  // SIGKILL.
  void Kill(const std::string& process);
  // Starts what has died and waits until it is ready.
  void Restart();

 private:
  StackFixture();
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

}  // namespace quittance::e2e
