// A crash point as a Release build compiles it (the CMakeLists.txt defines NDEBUG for this file alone).
#ifndef NDEBUG
#error "this file stands for a Release build"
#endif
#include "common/core/crash_point.h"

namespace quittance {

void ReachAsInRelease() { QUITTANCE_CRASH_POINT("test.release"); }

}  // namespace quittance
