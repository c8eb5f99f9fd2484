// A traceparent is taken in whole or not at all; a malformed one begins a new trace.
#include "common/trace/context.h"

#include <gtest/gtest.h>

namespace quittance::trace {
namespace {

const std::string kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Trace, ChildKeepsTraceAndFlagsAndGetsItsOwnSpan) {
  const std::string child = ChildOf(kParent);
  EXPECT_TRUE(IsTraceparent(child));
  EXPECT_EQ(TraceId(child), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_NE(child.substr(36, 16), kParent.substr(36, 16));
  EXPECT_NE(child, ChildOf(kParent));
  EXPECT_TRUE(ChildOf(kParent.substr(0, 53) + "00").ends_with("-00"));  // not sampled stays not sampled
}

TEST(Trace, MalformedOnesBeginANewTrace) {
  const std::string bad[] = {"",
                             "00",
                             kParent + "-x",
                             kParent + "\n",
                             "01" + kParent.substr(2),
                             "ff" + kParent.substr(2),
                             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                             "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
                             "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
                             std::string(55, '\0')};
  for (const std::string& parent : bad) {
    EXPECT_FALSE(IsTraceparent(parent)) << parent;
    EXPECT_EQ(TraceId(parent), "");
    const std::string fresh = ChildOf(parent);
    EXPECT_TRUE(IsTraceparent(fresh));
    EXPECT_NE(TraceId(fresh), "4bf92f3577b34da6a3ce929d0e0e4736");
  }
}

}  // namespace
}  // namespace quittance::trace
