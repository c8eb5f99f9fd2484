// Addresses: what is accepted could stand in a mail header as it is.
#include "services/auth/domain/contact.h"

#include <gtest/gtest.h>

#include "services/auth/domain/user.h"

namespace quittance::auth {
namespace {

TEST(Contact, AcceptsAddresses) {
  for (const char* good :
       {"a@b.example", "claire.dupont+pay@client.example", "o'neil@sub.domain.example", "x_y-z@xn--caf-dma.example", "1@2.example"}) {
    EXPECT_TRUE(ParseEmail(good, "email").ok()) << good;
  }
  EXPECT_EQ(*ParseEmail(" \tClaire@Client.Example\r\n", "email"), "Claire@Client.Example");
}

TEST(Contact, RefusesWhatIsNoAddressOrCouldBreakAHeader) {
  const std::string long_local(65, 'a');
  const std::string long_label(64, 'a');
  const std::string long_all = std::string(60, 'a') + "@" + std::string(60, 'b') + "." + std::string(60, 'c') + "." + std::string(60, 'd') +
                               "." + std::string(20, 'e');
  for (const std::string& bad : {std::string(),
                                 std::string("a"),
                                 std::string("a@"),
                                 std::string("@b.example"),
                                 std::string("a@b"),
                                 std::string("a@b..example"),
                                 std::string("a..b@c.example"),
                                 std::string(".a@b.example"),
                                 std::string("a.@b.example"),
                                 std::string("a b@c.example"),
                                 std::string("a@b.example\r\nBcc: x@y.example"),
                                 std::string("\"a b\"@c.example"),
                                 std::string("a@-b.example"),
                                 std::string("a@b-.example"),
                                 std::string("a@[127.0.0.1]"),
                                 std::string("a,b@c.example"),
                                 std::string("é@c.example"),
                                 std::string("a\0b@c.example", 13),
                                 long_local + "@b.example",
                                 "a@" + long_label + ".example",
                                 long_all}) {
    const auto parsed = ParseEmail(bad, "email");
    ASSERT_FALSE(parsed.ok()) << bad;
    EXPECT_EQ(parsed.error().fields.at(0).field, "email");
    if (bad.size() > 5) EXPECT_EQ(parsed.error().message.find(bad), std::string::npos) << "the value is not echoed";
  }
}

TEST(Contact, C15_TwoSpellingsHaveOneNormalizedForm) {
  EXPECT_EQ(NormalizedEmail("Claire@Client.EXAMPLE"), NormalizedEmail(" claire@client.example "));
  EXPECT_NE(NormalizedEmail("claire@client.example"), NormalizedEmail("clairе@client.example"));  // a Cyrillic letter is another address
}

TEST(Contact, PhoneIsE164) {
  for (const char* good : {"+33612345678", "+1234567", "+123456789012345"}) EXPECT_TRUE(ParsePhone(good, "phone").ok()) << good;
  for (const char* bad : {"33612345678", "+0123456789", "+123456", "+1234567890123456", "+33 612345678", "+3361234567a", "+", ""}) {
    EXPECT_FALSE(ParsePhone(bad, "phone").ok()) << bad;
  }
}

TEST(Contact, PersonalNamesTheBadField) {
  EXPECT_EQ(ParsePersonal({"no address", "", ""}).error().fields.at(0).field, "email");
  EXPECT_EQ(ParsePersonal({"", "12", ""}).error().fields.at(0).field, "phone");
  EXPECT_EQ(ParsePersonal({"", "", std::string(129, 'x')}).error().fields.at(0).field, "external_id");
  EXPECT_TRUE(ParsePersonal({"", "", ""}).ok());
}

}  // namespace
}  // namespace quittance::auth
