// Addresses: buckets and hashes.
#include "common/rpc/client_address.h"

#include <gtest/gtest.h>

namespace quittance::rpc {
namespace {

TEST(ClientAddress, N12_AnIpv6ClientIsItsNetwork) {
  EXPECT_EQ(AddressBucket("2001:db8:1:2:aaaa::1"), AddressBucket("2001:db8:1:2:bbbb:cccc:dddd:eeee"));
  EXPECT_NE(AddressBucket("2001:db8:1:2::1"), AddressBucket("2001:db8:1:3::1"));
  EXPECT_EQ(AddressBucket("2001:db8:1:2::1"), "2001:db8:1:2::/64");
}

TEST(ClientAddress, Ipv4IsItselfAlsoWhenMapped) {
  EXPECT_EQ(AddressBucket("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(AddressBucket("::ffff:192.0.2.7"), "192.0.2.7");
}

TEST(ClientAddress, NothingElseIsAnAddress) {
  for (const std::string text :
       {"", "192.0.2", "192.0.2.7.", "192.0.2.256", "::1%lo", "2001:db8::/64", "localhost", " 192.0.2.7", "192.0.2.7 ", "0x7f000001"}) {
    EXPECT_FALSE(AddressBucket(text).has_value()) << text;
  }
  EXPECT_FALSE(AddressBucket(std::string_view("192.0.2.7\0x", 11)).has_value());
  EXPECT_FALSE(AddressBucket(std::string_view("::1\0x", 5)).has_value());
}

TEST(ClientAddress, PeersOfGrpc) {
  EXPECT_EQ(PeerAddress("ipv4:192.0.2.7:4711"), "192.0.2.7");
  EXPECT_EQ(PeerAddress("ipv6:%5B2001:db8::1%5D:4711"), "2001:db8::1");
  EXPECT_EQ(PeerAddress("ipv6:[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(PeerAddress("unix:/run/quittance.sock"), "unix");
}

TEST(ClientAddress, HashesAreKeyedAndOfTheDay) {
  const TimePoint noon = FromUnixSeconds(1'800'000'000);
  const AddressHasher one(Secret("0123456789abcdef")), same(Secret("0123456789abcdef")), other(Secret("another key here"));
  EXPECT_EQ(one.Hash("192.0.2.7", noon), same.Hash("192.0.2.7", noon));
  EXPECT_NE(one.Hash("192.0.2.7", noon), other.Hash("192.0.2.7", noon));
  EXPECT_NE(one.Hash("192.0.2.7", noon), one.Hash("192.0.2.8", noon));
  EXPECT_NE(one.Hash("192.0.2.7", noon), one.Hash("192.0.2.7", noon + std::chrono::hours(24)));
  EXPECT_EQ(one.Hash("192.0.2.7", noon).size(), 32u);
  EXPECT_EQ(one.Hash("192.0.2.7", noon).find("192"), std::string::npos);
  EXPECT_NE(AddressHasher(Secret()).Hash("192.0.2.7", noon), AddressHasher(Secret()).Hash("192.0.2.7", noon)) << "random keys";
}

}  // namespace
}  // namespace quittance::rpc
