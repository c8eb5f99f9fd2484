// The signature alone: RFC 7515's example and the spellings that are refused.
#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <atomic>
#include <thread>

#include "common/core/fault.h"
#include "common/crypto/hmac.h"
#include "common/crypto/jwt.h"

namespace quittance::crypto {
namespace {

// RFC 7515, appendix A.3.
const std::string kMessage =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string kSignature = *UnBase64Url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
const std::string kPublic =
    "\x04" + *UnBase64Url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU") + *UnBase64Url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
const std::string kOrder = *UnHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

// The other signature of the same message: n - s.
std::string Twin(const std::string& signature) {
  BIGNUM* const n = BN_bin2bn(reinterpret_cast<const unsigned char*>(kOrder.data()), 32, nullptr);
  BIGNUM* const s = BN_bin2bn(reinterpret_cast<const unsigned char*>(signature.data()) + 32, 32, nullptr);
  BN_sub(s, n, s);
  std::string twin = signature.substr(0, 32) + std::string(32, '\0');
  BN_bn2binpad(s, reinterpret_cast<unsigned char*>(twin.data()) + 32, 32);
  BN_free(n);
  BN_free(s);
  return twin;
}

TEST(Es256, Rfc7515Example) {
  EXPECT_TRUE(VerifyEs256(kMessage, kSignature, kPublic));
  EXPECT_FALSE(VerifyEs256(kMessage + "x", kSignature, kPublic));
  EXPECT_FALSE(HasLowS(kSignature));  // the RFC's is the high one
  EXPECT_TRUE(VerifyEs256(kMessage, Twin(kSignature), kPublic));
  EXPECT_TRUE(HasLowS(Twin(kSignature)));
}

TEST(Es256, A19_OnlySixtyFourBytesInRange) {
  const std::string zero(32, '\0');
  const std::string r = kSignature.substr(0, 32);
  const std::string s = kSignature.substr(32);
  EXPECT_FALSE(VerifyEs256(kMessage, zero + s, kPublic));
  EXPECT_FALSE(VerifyEs256(kMessage, r + zero, kPublic));
  EXPECT_FALSE(VerifyEs256(kMessage, zero + zero, kPublic));
  EXPECT_FALSE(VerifyEs256(kMessage, kOrder + s, kPublic));
  EXPECT_FALSE(VerifyEs256(kMessage, r + kOrder, kPublic));
  EXPECT_FALSE(VerifyEs256(kMessage, std::string(64, '\xff'), kPublic));
  EXPECT_FALSE(VerifyEs256(kMessage, kSignature.substr(0, 63), kPublic));
  EXPECT_FALSE(VerifyEs256(kMessage, kSignature + '\0', kPublic));
  EXPECT_FALSE(VerifyEs256(kMessage, "", kPublic));
  // DER, as OpenSSL would write it: 0x30 length, two integers.
  const std::string der = std::string("\x30\x45\x02\x20", 4) + r + std::string("\x02\x21\x00", 3) + s;
  EXPECT_FALSE(VerifyEs256(kMessage, der, kPublic));
}

TEST(Es256, OurSignaturesAreLowAndVerify) {
  const KeyPair pair = NewEs256Key();
  EXPECT_EQ(pair.public_key.size(), 65U);
  for (int i = 0; i < 32; ++i) {
    const std::string message = "message " + std::to_string(i);
    const std::string signature = SignEs256(message, PrivateKey(pair.private_key));
    EXPECT_EQ(signature.size(), 64U);
    EXPECT_TRUE(HasLowS(signature));
    EXPECT_TRUE(VerifyEs256(message, signature, pair.public_key));
    EXPECT_FALSE(VerifyEs256(message, signature, kPublic));
  }
}

TEST(Es256, A19_KeysThatAreNoPointsVerifyNothing) {
  std::string off_curve = kPublic;
  off_curve[64] = static_cast<char>(off_curve[64] ^ 1);
  for (const std::string& key : {std::string(), std::string(65, '\4'), kPublic.substr(1), "\x02" + kPublic.substr(1, 32), off_curve}) {
    EXPECT_FALSE(VerifyEs256(kMessage, kSignature, key));
  }
}

TEST(Es256, OneKeySignsOnManyThreads) {
  const KeyPair pair = NewEs256Key();
  const PrivateKey key(pair.private_key);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string message = "message of thread " + std::to_string(i);
      for (int n = 0; n < 50; ++n) good += VerifyEs256(message, SignEs256(message, key), pair.public_key) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
  EXPECT_THROW(PrivateKey(Secret("no key")), Fault);
}

}  // namespace
}  // namespace quittance::crypto
