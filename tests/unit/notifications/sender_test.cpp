// Rules of the settings.
#include "services/notifications/domain/sender.h"

#include <gtest/gtest.h>

namespace quittance::notifications {
namespace {

TEST(SenderSettings, Addresses) {
  for (const char* good : {"bonjour@shop.example", "a+b@x.y.example"}) EXPECT_FALSE(CheckAddressSetting(good)) << good;
  for (const char* bad :
       {"", "@x.example", "a@", "a", "a@b@c.example", "a b@x.example", "a@x.example\r\nBcc: b@x.example", "<a@x.example>", "é@x.example"}) {
    EXPECT_TRUE(CheckAddressSetting(bad)) << bad;
  }
  EXPECT_TRUE(CheckAddressSetting(std::string(250, 'a') + "@x.example"));
  EXPECT_EQ(DomainOf("bonjour@shop.example"), "shop.example");
}

TEST(SenderSettings, BaseUrls) {
  for (const char* good : {"https://shop.example", "https://shop.example/", "http://127.0.0.1:8080", "https://shop.example/app"})
    EXPECT_FALSE(CheckBaseUrlSetting(good)) << good;
  for (const char* bad :
       {"", "shop.example", "ftp://shop.example", "javascript:alert(1)", "https://shop.example/?a=1", "https://shop.example/#x"}) {
    EXPECT_TRUE(CheckBaseUrlSetting(bad)) << bad;
  }
}

TEST(SenderSettings, Lines) {
  EXPECT_FALSE(CheckLineSetting("Signaux é"));
  EXPECT_TRUE(CheckLineSetting("a\r\nb"));
  EXPECT_TRUE(CheckLineSetting(""));
}

}  // namespace
}  // namespace quittance::notifications
