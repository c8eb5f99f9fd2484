// Scopes and accounts of machines: nobody gives more than they hold.
#include "services/auth/domain/scopes.h"

#include <gtest/gtest.h>

#include "services/auth/domain/service_account.h"
#include "services/auth/domain/session.h"

namespace quittance::auth {
namespace {

using Scopes = std::vector<std::string>;

TEST(Scopes, ParseSortsAndRefusesUnknownOnes) {
  EXPECT_EQ(*ParseScopes(Scopes{"billing:write", "billing:read", "billing:read"}, "scopes"), (Scopes{"billing:read", "billing:write"}));
  EXPECT_FALSE(ParseScopes(Scopes{"billing:everything"}, "scopes").ok());
  EXPECT_FALSE(ParseScopes(Scopes{""}, "scopes").ok());
}

TEST(Scopes, NobodyGivesMoreThanTheyHold) {
  EXPECT_TRUE(MayGrant(Scopes{"billing:read"}, Scopes{"auth:admin", "billing:read"}, false));
  EXPECT_FALSE(MayGrant(Scopes{"billing:refund"}, Scopes{"auth:admin", "billing:read"}, false));
  EXPECT_TRUE(MayGrant(Scopes{"billing:refund"}, Scopes{"platform:admin"}, true));
  for (const char* platform : {"platform:admin", "platform:service", "webhooks:ingest"}) {
    EXPECT_FALSE(MayGrant(Scopes{platform}, Scopes{platform}, true)) << platform << " belongs to bootstrap";
    EXPECT_FALSE(MayGrant(Scopes{platform}, Scopes{platform}, false)) << platform;
  }
}

TEST(Scopes, SplitAndJoin) {
  EXPECT_EQ(SplitScopes("a:b  c:d "), (Scopes{"a:b", "c:d"}));
  EXPECT_TRUE(SplitScopes("").empty());
  EXPECT_EQ(JoinScopes(Scopes{"a:b", "c:d"}), "a:b c:d");
  EXPECT_EQ(CommonScopes(Scopes{"a", "b", "d"}, Scopes{"b", "c", "d"}), (Scopes{"b", "d"}));
}

TEST(Scopes, DefaultRolesHoldNoScopeOfThePlatform) {
  for (const RoleDefault& role : DefaultRoles()) {
    for (const std::string_view scope : role.scopes)
      EXPECT_TRUE(std::binary_search(TenantScopes().begin(), TenantScopes().end(), scope)) << scope;
    if (role.role == kRoleUser || role.role == "creator") EXPECT_TRUE(role.scopes.empty());
    if (role.role == "admin") EXPECT_EQ(role.scopes.size(), TenantScopes().size());
  }
  EXPECT_EQ(DefaultRoles().size(), 4u);
}

TEST(ServiceAccount, FieldsAreChecked) {
  const TimePoint now = FromUnixSeconds(1'800'000'000);
  const auto field = [&](const NewServiceAccount& wanted) { return MakeServiceAccount({}, {}, wanted, now).error().fields.at(0).field; };
  EXPECT_EQ(field({"", {"auth:read"}, {}}), "display_name");
  EXPECT_EQ(field({std::string(101, 'x'), {"auth:read"}, {}}), "display_name");
  EXPECT_EQ(field({"backend", {}, {}}), "scopes");
  EXPECT_EQ(field({"backend", {"no:scope"}, {}}), "scopes");
  EXPECT_EQ(field({"backend", {"auth:read"}, now}), "expire_time");
  EXPECT_TRUE(MakeServiceAccount({}, {}, {"backend", {"auth:read"}, now + Duration(1)}, now).ok());
}

TEST(ServiceAccount, ATokenNeverOutlivesItsAccount) {
  const TimePoint now = FromUnixSeconds(1'800'000'000);
  ServiceAccount account{.tenant = {}, .id = {}, .display_name = "x", .scopes = {}, .expires = {}};
  EXPECT_EQ(TokenExpiry(account, now), now + kAccessTokenLife);
  account.expires = now + std::chrono::minutes(5);
  EXPECT_EQ(TokenExpiry(account, now), *account.expires);
  EXPECT_TRUE(Usable(account, now));
  EXPECT_FALSE(Usable(account, *account.expires));
  account.expires.reset();
  account.disabled = true;
  EXPECT_FALSE(Usable(account, now));
}

}  // namespace
}  // namespace quittance::auth
