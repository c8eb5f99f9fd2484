// Whether a process that is not our child still lives.
#pragma once

namespace quittance::e2e {

// A zombie is dead once it is alone: its other threads, while they end, still hold the ports that its successor will ask for.
bool IsAlive(int pid);

}  // namespace quittance::e2e
