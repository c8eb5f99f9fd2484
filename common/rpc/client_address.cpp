// Addresses in, buckets and hashes out.
#include "common/rpc/client_address.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "common/crypto/hmac.h"
#include "common/crypto/random.h"

namespace quittance::rpc {

namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kHashDigits = 32;
constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address: /64

}  // namespace

std::optional<std::string> AddressBucket(std::string_view address) {
  const std::string text(address);
  if (text.find('\0') != std::string::npos) return std::nullopt;
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return text;
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> shown{};
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    inet_ntop(AF_INET, v6.s6_addr + 12, shown.data(), shown.size());
    return std::string(shown.data());
  }
  std::memset(v6.s6_addr + kNetworkBytes, 0, sizeof v6.s6_addr - kNetworkBytes);
  inet_ntop(AF_INET6, &v6, shown.data(), shown.size());
  return std::string(shown.data()) + "/64";
}

std::string PeerAddress(std::string_view peer) {
  const auto strip = [&](std::string_view prefix) {
    const bool is = peer.starts_with(prefix);
    if (is) peer.remove_prefix(prefix.size());
    return is;
  };
  if (strip("ipv4:")) return std::string(peer.substr(0, peer.rfind(':')));
  if (strip("ipv6:")) {
    if (!strip("%5B")) strip("[");
    return std::string(peer.substr(0, std::min(peer.find("%5D"), peer.find(']'))));
  }
  return "unix";
}

AddressHasher::AddressHasher(Secret key) : key_(key.empty() ? Secret(crypto::RandomBytes(32)) : std::move(key)) {}

std::string AddressHasher::Hash(std::string_view bucket, TimePoint now) const {
  const std::string text = std::to_string(UnixSeconds(now) / kDaySeconds) + "\n" + std::string(bucket);
  return crypto::Hex(crypto::HmacSha256(key_.Reveal(), text)).substr(0, kHashDigits);
}

}  // namespace quittance::rpc
