// Who is at the other end of a connection, without keeping it. Invariant: an address leaves this file only as a keyed hash of the day, and
// an IPv6 client is its /64, so that rotating within it is no new client (N12).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/secret.h"
#include "common/core/time.h"

namespace quittance::rpc {

// "192.0.2.7" for itself, "2001:db8:0:1::/64" for an IPv6 address, IPv4 for a mapped one; nullopt for what is not an address.
std::optional<std::string> AddressBucket(std::string_view address);

// The address of gRPC's peer text: "ipv4:192.0.2.7:4711", "ipv6:%5B2001:db8::1%5D:4711"; "unix" for sockets.
std::string PeerAddress(std::string_view peer);

class AddressHasher {
 public:
  // Empty: a random key, so that hashes differ between processes and after a restart.
  explicit AddressHasher(Secret key);
  // 32 hexadecimal digits; another value each UTC day.
  std::string Hash(std::string_view bucket, TimePoint now) const;

 private:
  Secret key_;
};

}  // namespace quittance::rpc
