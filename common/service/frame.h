// The halves of Run that know neither Config nor App. Seen by run.cpp, serve.cpp and verbs.cpp alone.
#pragma once

#include "common/service/run.h"

namespace quittance::service {

inline constexpr int kExitUsage = 64;        // sysexits EX_USAGE
inline constexpr int kExitUnavailable = 69;  // EX_UNAVAILABLE: a part that is needed to start is not there

// One JSON line on stderr.
void PrintError(const std::string& message, const std::string& key, const std::string& value);

int Serve(const Frame& frame);
int Migrate(const Frame& frame, const std::vector<std::string>& arguments);
// The variables of `serve` and `migrate` as rows of a Markdown table.
int PrintConfig(const Frame& frame);

}  // namespace quittance::service
