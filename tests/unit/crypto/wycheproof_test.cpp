// Project Wycheproof's vectors (tests/vectors): what is valid opens or verifies, everything else is refused, one by one.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/crypto/aes_gcm.h"
#include "common/crypto/envelope.h"
#include "common/crypto/hmac.h"
#include "common/crypto/jwt.h"

namespace quittance::crypto {
namespace {

using nlohmann::json;

json Groups(const std::string& name) {
  std::ifstream file(QUITTANCE_SOURCE_DIR "/tests/vectors/wycheproof/" + name);
  return json::parse(file);
}

std::string Bytes(const json& test, const char* field) { return *UnHex(test.at(field).get<std::string>()); }

// Runs `holds` over every test of a file; gives how many were valid and how many were not.
std::pair<int, int> Play(const std::string& name, const std::function<bool(const json& group, const json& test)>& holds) {
  int valid = 0;
  int invalid = 0;
  for (const json& group : Groups(name)) {
    for (const json& test : group.at("tests")) {
      const std::string result = test.at("result");
      EXPECT_TRUE(result == "valid" || result == "invalid") << result;
      ++(result == "valid" ? valid : invalid);
      EXPECT_EQ(holds(group, test), result == "valid") << name << " " << test.at("tcId") << ": " << test.at("comment");
    }
  }
  return {valid, invalid};
}

TEST(Wycheproof, C01_C02_Aes256Gcm) {
  const auto [valid, invalid] = Play("aes_256_gcm.json", [](const json&, const json& test) {
    try {
      const std::string plain =
          AesGcmOpen(Bytes(test, "key"), Bytes(test, "aad"), Bytes(test, "iv") + Bytes(test, "ct") + Bytes(test, "tag"));
      EXPECT_EQ(plain, Bytes(test, "msg")) << test.at("tcId");
      return true;
    } catch (const Undecryptable&) {
      return false;
    }
  });
  EXPECT_EQ(valid, 39);
  EXPECT_EQ(invalid, 27);
}

TEST(Wycheproof, C13_HmacSha256) {
  const auto [valid, invalid] = Play("hmac_sha256.json", [](const json& group, const json& test) {
    const Digest mac = HmacSha256(Bytes(test, "key"), Bytes(test, "msg"));
    return ConstantTimeEqual(AsView(mac).substr(0, group.at("tagSize").get<std::size_t>() / 8), Bytes(test, "tag"));
  });
  EXPECT_EQ(valid, 66);
  EXPECT_EQ(invalid, 108);
}

TEST(Wycheproof, A19_EcdsaP256InTheFormOfJws) {
  const auto [valid, invalid] = Play("ecdsa_p256_sha256_p1363.json", [](const json& group, const json& test) {
    return VerifyEs256(Bytes(test, "msg"), Bytes(test, "sig"), Bytes(group, "publicKey"));
  });
  EXPECT_EQ(valid, 173);
  EXPECT_EQ(invalid, 89);
}

}  // namespace
}  // namespace quittance::crypto
