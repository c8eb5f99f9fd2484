// See process.h; the states are those of proc(5).
#include "tests/e2e/process.h"

#include <filesystem>
#include <fstream>
#include <string>

namespace quittance::e2e {
namespace {

int ThreadsOf(const std::string& folder) {
  std::error_code gone;
  int threads = 0;
  std::filesystem::directory_iterator at(folder + "/task", gone), end;
  while (!gone && at != end) {
    ++threads;
    at.increment(gone);
  }
  return threads;
}

}  // namespace

bool IsAlive(int pid) {
  if (pid <= 0) return false;
  const std::string folder = "/proc/" + std::to_string(pid);
  if (ThreadsOf(folder) > 1) return true;
  std::ifstream file(folder + "/stat");
  std::string line;
  if (!std::getline(file, line)) return false;
  const auto name_end = line.rfind(')');
  return name_end != std::string::npos && line.size() > name_end + 2 && line[name_end + 2] != 'Z' && line[name_end + 2] != 'X';
}

}  // namespace quittance::e2e
