// OpenSSL's generator, and ids made of time and randomness.
#include "common/crypto/random.h"

#include <openssl/rand.h>

#include <atomic>
#include <chrono>

#include "common/core/fault.h"
#include "common/crypto/hmac.h"

namespace quittance::crypto {
namespace {

void Fill(unsigned char* bytes, std::size_t count) {
  if (RAND_bytes_ex(nullptr, bytes, count, 0) != 1) throw Fault("the random generator failed");
}

// Milliseconds and 12 bits of the fraction (RFC 9562, method 3), each call above the one before: ids of one process never tie.
std::uint64_t NextTick() {
  static std::atomic<std::uint64_t> last{0};
  const auto since_epoch = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto nanos = static_cast<std::uint64_t>(since_epoch.count());
  const std::uint64_t now = (nanos / 1'000'000) << 12 | (nanos % 1'000'000) * 4096 / 1'000'000;
  std::uint64_t before = last.load();
  std::uint64_t tick = 0;
  do {
    tick = std::max(now, before + 1);
  } while (!last.compare_exchange_weak(before, tick));
  return tick;
}

}  // namespace

std::string RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  Fill(reinterpret_cast<unsigned char*>(bytes.data()), count);
  return bytes;
}

std::string RandomToken() { return Base64Url(RandomBytes(32)); }

Uuid RandomIds::Next() {
  const std::uint64_t tick = NextTick();
  const std::uint64_t millis = tick >> 12;
  Uuid id;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70U | (tick >> 8 & 0x0FU));
  id.bytes[7] = static_cast<std::uint8_t>(tick);
  Fill(id.bytes.data() + 8, 8);
  id.bytes[8] = static_cast<std::uint8_t>(0x80U | (id.bytes[8] & 0x3FU));
  return id;
}

}  // namespace quittance::crypto
