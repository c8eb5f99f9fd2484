// Named places at which a test may kill the process: around every transaction and every network call of a money or membership flow.
// Invariant: nothing of it is in a Release build (NDEBUG); elsewhere an unarmed point costs a few loads of shared memory.
// tests/chaos arms points through the file that QUITTANCE_CRASH_FILE names; tests/chaos/README.md lists them all.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#ifdef NDEBUG
#define QUITTANCE_CRASH_POINT(name) static_cast<void>(0)
#else
#define QUITTANCE_CRASH_POINT(name) ::quittance::crash::Reach(name)
#endif

namespace quittance::crash {

// One armed point: the process that reaches `name` for the n-th time dies. 0: it went off, or, without a name, the slot is free.
struct Slot {
  std::atomic<std::uint32_t> hits_left;
  std::array<char, 60> name;  // ends with NUL
};
static_assert(sizeof(Slot) == 64 && std::atomic<std::uint32_t>::is_always_lock_free);

// What the file holds, mapped by the process and by whoever arms it.
inline constexpr std::size_t kSlots = 16;
struct Board {
  std::array<Slot, kSlots> slots;
};

// The board of a file; it is made if it is not there and `create`. Null: there is none. Mapped for good.
Board* Map(const char* path, bool create);

// False: the name is too long or no slot is free. One thread arms.
bool Arm(Board& board, std::string_view name, std::uint32_t hits);
// The names of those that went off, once each: until then they keep their slots.
std::vector<std::string> TakeGoneOff(Board& board);
// The same, and no other goes off any more.
std::vector<std::string> Disarm(Board& board);

void Reach(std::string_view name);

}  // namespace quittance::crash
