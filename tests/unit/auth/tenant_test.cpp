// Tenants: code, name, language, time zone.
#include "services/auth/domain/tenant.h"

#include <gtest/gtest.h>

#include "services/auth/domain/locale.h"

namespace quittance::auth {
namespace {

std::string BadField(const NewTenant& wanted) {
  const auto made = MakeTenant({}, wanted, {});
  return made ? "" : made.error().fields.at(0).field;
}

TEST(Tenant, EachFieldHasItsRule) {
  EXPECT_EQ(BadField({"calmness", "Calmness", "fr", "Europe/Paris"}), "");
  EXPECT_EQ(BadField({"Bad Code", "x", "", ""}), "code");
  EXPECT_EQ(BadField({"x", "x", "", ""}), "code");
  EXPECT_EQ(BadField({std::string(41, 'a'), "x", "", ""}), "code");
  EXPECT_EQ(BadField({"ab", "", "", ""}), "display_name");
  EXPECT_EQ(BadField({"ab", std::string(101, 'x'), "", ""}), "display_name");
  EXPECT_EQ(BadField({"ab", "x", "de", ""}), "locale");
  EXPECT_EQ(BadField({"ab", "x", "fr", "Mars/Olympus"}), "time_zone");
}

TEST(Tenant, EmptyMeansTheDefault) {
  const auto made = MakeTenant({}, {"ab", "x", "", ""}, {});
  EXPECT_EQ(made->locale, "fr");
  EXPECT_EQ(made->time_zone, "UTC");
  EXPECT_TRUE(made->sign_up_open);
}

TEST(Tenant, TimeZonesAreIanaNames) {
  for (const char* zone :
       {"Europe/Paris", "Africa/Abidjan", "America/Argentina/Buenos_Aires", "Asia/Calcutta", "Etc/GMT+12", "UTC", "Zulu"}) {
    EXPECT_TRUE(IsTimeZone(zone)) << zone;
  }
  for (const char* zone : {"", "europe/paris", "Europe/Paris ", "CEST", "../etc/passwd", "Europe", "+02:00"})
    EXPECT_FALSE(IsTimeZone(zone)) << zone;
}

}  // namespace
}  // namespace quittance::auth
