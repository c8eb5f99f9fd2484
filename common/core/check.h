// CHECK: a broken invariant of ours is a bug and aborts; refusals are values (result.h), faults are exceptions (fault.h).
#pragma once

#include <cstdio>
#include <cstdlib>

namespace quittance {

[[noreturn]] inline void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "CHECK failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace quittance

#define CHECK(condition) ((condition) ? static_cast<void>(0) : ::quittance::CheckFailed(#condition, __FILE__, __LINE__))
