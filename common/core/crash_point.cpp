// The board of QUITTANCE_CRASH_FILE, read once at the first point. No allocation and no lock on the way.
#include "common/core/crash_point.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace quittance::crash {
namespace {

bool IsNamed(const Slot& slot, std::string_view name) { return name == slot.name.data(); }
bool IsFree(const Slot& slot) { return slot.name.front() == '\0'; }

// True: this was the last hit, by whichever thread.
bool Hit(Slot& slot) {
  std::uint32_t left = slot.hits_left.load();
  while (left > 0) {
    if (slot.hits_left.compare_exchange_weak(left, left - 1)) return left == 1;
  }
  return false;
}

}  // namespace

Board* Map(const char* path, bool create) {
  if (path == nullptr || *path == '\0') return nullptr;
  const int file = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
  if (file < 0) return nullptr;
  struct stat facts {};
  const bool whole = fstat(file, &facts) == 0 && facts.st_size >= static_cast<off_t>(sizeof(Board));
  void* memory = MAP_FAILED;
  if (whole || (create && ftruncate(file, sizeof(Board)) == 0)) {
    memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  close(file);
  return memory == MAP_FAILED ? nullptr : static_cast<Board*>(memory);
}

bool Arm(Board& board, std::string_view name, std::uint32_t hits) {
  for (Slot& slot : board.slots) {
    if (!IsFree(slot)) continue;
    if (name.size() >= slot.name.size()) return false;
    std::memcpy(slot.name.data(), name.data(), name.size());
    slot.hits_left.store(hits);
    return true;
  }
  return false;
}

std::vector<std::string> TakeGoneOff(Board& board) {
  std::vector<std::string> gone_off;
  for (Slot& slot : board.slots) {
    if (IsFree(slot) || slot.hits_left.load() != 0) continue;
    gone_off.emplace_back(slot.name.data());
    slot.name.fill('\0');
  }
  return gone_off;
}

std::vector<std::string> Disarm(Board& board) {
  std::vector<std::string> gone_off = TakeGoneOff(board);
  for (Slot& slot : board.slots) {
    if (!IsFree(slot) && slot.hits_left.exchange(0) == 0) gone_off.emplace_back(slot.name.data());  // just now
    slot.name.fill('\0');
  }
  return gone_off;
}

void Reach(std::string_view name) {
  static Board* const board = Map(std::getenv("QUITTANCE_CRASH_FILE"), false);
  if (board == nullptr) return;
  for (Slot& slot : board->slots) {
    if (slot.hits_left.load(std::memory_order_acquire) != 0 && IsNamed(slot, name) && Hit(slot)) kill(getpid(), SIGKILL);
  }
}

}  // namespace quittance::crash
