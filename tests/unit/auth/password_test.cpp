// Rules of passwords and of the parameters in stored hashes.
#include "services/auth/domain/password.h"

#include <gtest/gtest.h>

namespace quittance::auth {
namespace {

TEST(Password, A06_LengthIsCountedInCharactersAndBoundBeforeHashing) {
  EXPECT_FALSE(CheckNewPassword("sept ch", "", "password").ok());
  EXPECT_TRUE(CheckNewPassword("huit car", "", "password").ok());
  EXPECT_TRUE(CheckNewPassword(std::string(128, 'x'), "", "password").ok());
  EXPECT_FALSE(CheckNewPassword(std::string(129, 'x'), "", "password").ok());
  EXPECT_FALSE(CheckNewPassword(std::string(1'000'000, 'x'), "", "password").ok());
  EXPECT_FALSE(CheckPresentedPassword(std::string(1'000'000, 'x'), "password").ok());
  std::string wide;
  for (int i = 0; i < 128; ++i) wide += "\xF0\x9F\x94\x91";  // 512 bytes, 128 characters
  EXPECT_TRUE(CheckNewPassword(wide, "", "password").ok());
  EXPECT_FALSE(CheckNewPassword(wide + "x", "", "password").ok());
  EXPECT_FALSE(CheckNewPassword("\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9", "", "password").ok()) << "not UTF-8";
}

TEST(Password, A06_BlanksNulAndUnicodeFormsAreTakenAsTheyAre) {
  EXPECT_TRUE(CheckNewPassword("  spaces around  ", "", "password").ok());
  EXPECT_TRUE(CheckNewPassword(std::string("null\0inside", 11), "", "password").ok());
  EXPECT_TRUE(CheckPresentedPassword("x", "password").ok()) << "what is too short to be chosen is still only wrong";
  EXPECT_FALSE(CheckPresentedPassword("", "password").ok());
}

TEST(Password, TheCommonestAreRefusedInAnyCasing) {
  for (const char* common : {"password", "PassWord1", "12345678", "motdepasse", "AZERTYUIOP", "iloveyou", "qwerty123", "P@ssw0rd"}) {
    const auto checked = CheckNewPassword(common, "", "password");
    ASSERT_FALSE(checked.ok()) << common;
    EXPECT_EQ(checked.error().fields.at(0).field, "password");
  }
  EXPECT_FALSE(IsCommonPassword("correct horse battery staple"));
  EXPECT_FALSE(IsCommonPassword(""));
}

TEST(Password, TheAddressIsNoPassword) {
  EXPECT_FALSE(CheckNewPassword("Claire@Client.example", "claire@client.example", "password").ok());
  EXPECT_TRUE(CheckNewPassword("Claire@Client.example", "", "password").ok());
}

TEST(Password, A07_ParametersOfAStoredHashHaveACeiling) {
  const auto cost = ReadHashCost("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g");
  ASSERT_TRUE(cost.has_value());
  EXPECT_EQ(*cost, kHashCost);
  for (const char* bad : {"$argon2id$v=19$m=1048576,t=2,p=1$c2FsdHNhbHQ$aGFzaA",  // 1 GiB
                          "$argon2id$v=19$m=131073,t=2,p=1$c2FsdHNhbHQ$aGFzaA", "$argon2id$v=19$m=19456,t=11,p=1$c2FsdHNhbHQ$aGFzaA",
                          "$argon2id$v=19$m=19456,t=2,p=5$c2FsdHNhbHQ$aGFzaA", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
                          "$argon2id$v=16$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA", "$argon2id$v=19$m=-1,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
                          "$argon2id$v=19$m=4294967297,t=2,p=1$c2FsdHNhbHQ$aGFzaA", "$argon2id$v=19$m=019456,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
                          "$argon2id$v=19$m=19456,t=2,p=1$short$aGFzaA", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", "", "plain text"}) {
    EXPECT_FALSE(ReadHashCost(bad).has_value()) << bad;
  }
}

TEST(Password, A08_OtherParametersNeedARehash) {
  EXPECT_FALSE(NeedsRehash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"));
  EXPECT_TRUE(NeedsRehash("$argon2id$v=19$m=12288,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"));
}

}  // namespace
}  // namespace quittance::auth
