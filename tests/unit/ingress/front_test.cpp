// What the ingress knows by itself: names, headers, its variables.
#include <gtest/gtest.h>

#include "services/ingress/api/front.h"
#include "services/ingress/config.h"

namespace quittance::ingress {
namespace {

TEST(Front, NamesThatNobodyCanHaveAreKnownWithoutAsking) {
  for (const std::string name : {"calmness", "stripe", "hmac-2", "eu_west", "0"}) EXPECT_TRUE(IsName(name)) << name;
  for (const std::string& name : {std::string(), std::string("Calmness"), std::string("a b"), std::string("a/b"), std::string(".."),
                                  std::string("a\0b", 3), std::string("caf\xc3\xa9"), std::string("a%2fb"), std::string(65, 'a')}) {
    EXPECT_FALSE(IsName(name)) << name;
  }
}

TEST(Front, TheSecurityHeadersOfDocument004) {
  const auto headers = SecurityHeaders();
  const auto value = [&](const std::string& name) {
    for (const auto& header : headers) {
      if (header.name == name) return header.value;
    }
    return std::string();
  };
  EXPECT_EQ(value("Strict-Transport-Security"), "max-age=31536000; includeSubDomains; preload");
  EXPECT_EQ(value("Content-Security-Policy"), "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'");
  EXPECT_EQ(value("X-Frame-Options"), "DENY");
  EXPECT_EQ(value("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(value("Referrer-Policy"), "strict-origin-when-cross-origin");
  EXPECT_EQ(value("Permissions-Policy"), "camera=(), geolocation=(), microphone=()");
}

TEST(Config, D06_WhatIsMissingIsNamedTogether) {
  config::Env env([](const std::string&) { return std::nullopt; });
  Config::Read(env);
  std::string all;
  for (const std::string& problem : env.problems()) all += problem + "\n";
  for (const char* name :
       {"QUITTANCE_HTTP_LISTEN", "QUITTANCE_ADMIN_LISTEN", "QUITTANCE_PUBLIC_URL", "QUITTANCE_AUTH_TARGET", "QUITTANCE_BILLING_TARGET",
        "QUITTANCE_SUBSCRIPTIONS_TARGET", "QUITTANCE_CLIENT_ID", "QUITTANCE_CLIENT_SECRET"}) {
    EXPECT_NE(all.find(name), std::string::npos) << name;
  }
  for (const auto& variable : env.variables()) {
    EXPECT_EQ(variable.name.find("DATABASE"), std::string::npos) << "the ingress has no database";
    EXPECT_EQ(variable.name.find("KEYRING"), std::string::npos) << "and no keyring";
  }
}

}  // namespace
}  // namespace quittance::ingress
