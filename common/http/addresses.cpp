// See addresses.h.
#include "common/http/addresses.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace quittance::http {
namespace {

struct Block {
  std::uint32_t first;
  int bits;
};

// https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast and what lies behind it.
constexpr std::array<Block, 15> kSpecial4 = {{{0x00000000, 8},    // this network
                                              {0x0A000000, 8},    // private
                                              {0x64400000, 10},   // shared by a carrier's customers
                                              {0x7F000000, 8},    // loopback
                                              {0xA9FE0000, 16},   // link-local: clouds' metadata
                                              {0xAC100000, 12},   // private
                                              {0xC0000000, 24},   // protocol assignments
                                              {0xC0000200, 24},   // documentation
                                              {0xC0586300, 24},   // 6to4 relays
                                              {0xC0A80000, 16},   // private
                                              {0xC6120000, 15},   // benchmarks
                                              {0xC6336400, 24},   // documentation
                                              {0xCB007100, 24},   // documentation
                                              {0xE0000000, 4},    // multicast
                                              {0xF0000000, 4}}};  // reserved, broadcast

bool IsPublic4(std::uint32_t address) {
  return std::none_of(kSpecial4.begin(), kSpecial4.end(), [&](const Block& block) {
    const int rest = 32 - block.bits;
    return address >> rest == block.first >> rest;
  });
}

// Only global unicast, 2000::/3; of it not 2001::/23 (Teredo, benchmarks, ORCHID), documentation, 6to4.
bool IsPublic6(const std::uint8_t* bytes) {
  const bool global_unicast = bytes[0] >> 5 == 1;
  const bool assignments = bytes[0] == 0x20 && bytes[1] == 0x01 && (bytes[2] & 0xFE) == 0;
  const bool documentation = (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8) ||
                             (bytes[0] == 0x3F && bytes[1] == 0xFF && bytes[2] >> 4 == 0);
  const bool six_to_four = bytes[0] == 0x20 && bytes[1] == 0x02;
  return global_unicast && !assignments && !documentation && !six_to_four;
}

}  // namespace

bool IsPublicAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return IsPublic4(ntohl(four.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    return IsPublic6(six.sin6_addr.s6_addr);
  }
  return false;
}

}  // namespace quittance::http
