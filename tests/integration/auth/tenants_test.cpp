// What operators set: tenants, roles as rows, accounts of machines, the incident switch.
#include "quittance/auth/v1/auth.pb.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/usecases/create_service_account.h"
#include "services/auth/usecases/exchange_client_credentials.h"
#include "services/auth/usecases/manage_roles.h"
#include "services/auth/usecases/manage_service_accounts.h"
#include "services/auth/usecases/manage_tenants.h"
#include "services/auth/usecases/manage_users.h"
#include "services/auth/usecases/poll_trust.h"
#include "services/auth/usecases/sign_up.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

using namespace std::chrono_literals;

struct TenantsTest : AuthTest {
  db::IdempotentCall Fresh(const Caller& caller) { return Key(caller, "key-" + deps.ids.Next().Hex()); }
  Cause By(const Caller& caller) { return {caller.subject, ""}; }

  Result<db::Reply> Update(const TenantChange& change, const std::string& etag = "") {
    return world.Run(UpdateTenant(deps, {Operator(), By(Operator()), Fresh(Operator()), "", etag, change}));
  }
  Result<db::Reply> Put(const Caller& caller, const std::string& role, std::vector<std::string> scopes) {
    return world.Run(PutRole(deps, {caller, By(caller), Fresh(caller), role, std::move(scopes)}));
  }
  Result<db::Reply> Delete(const std::string& role) {
    return world.Run(DeleteRole(deps, {Operator(), By(Operator()), Fresh(Operator()), role}));
  }
  Result<db::Reply> SetRoles(UserId user, std::vector<std::string> roles) {
    return world.Run(SetUserRoles(deps, {{Operator(), By(Operator()), Fresh(Operator()), user.ToString()}, std::move(roles)}));
  }
  struct Account {
    std::string id, secret;
  };
  Account NewAccount(bool break_glass = false) {
    const Caller caller = break_glass ? Platform() : Operator();
    const NewServiceAccount wanted{"backend", {"billing:read"}, {}, break_glass};
    const auto reply = world.Run(CreateServiceAccount(deps, {caller, By(caller), Fresh(caller), wanted, break_glass ? tenant.code : ""}));
    v1::CreateServiceAccountResponse response;
    EXPECT_TRUE(reply.ok() && response.ParseFromString(reply->secret_bytes));
    return {response.client_id(), response.client_secret()};
  }
  Result<TokenPair> Exchange(const Account& account) {
    return world.Run(ExchangeClientCredentials(deps, {account.id, Secret(account.secret), ""}));
  }
  std::string Rotate(const Account& account, std::int64_t overlap = 0) {
    const auto reply = world.Run(RotateServiceAccountSecret(deps, {Operator(), By(Operator()), Fresh(Operator()), account.id, overlap}));
    v1::RotateServiceAccountSecretResponse response;
    EXPECT_TRUE(reply.ok() && response.ParseFromString(reply->secret_bytes));
    return response.client_secret();
  }
  Tenant Read() { return *world.Run(GetTenant(deps, {Operator(), ""})); }
};

TEST_F(TenantsTest, WhatIsSetIsReadPolledAndAudited) {
  TenantChange change;
  change.sign_up_open = false;
  change.maintenance = true;
  change.allowed_origins = {"https://shop.example", "https://app.example", "https://shop.example"};
  change.calls_per_minute = 50;
  const std::string cursor = world.Run(PollTrust(deps, ""))->cursor;
  ASSERT_TRUE(Update(change).ok());
  const Tenant after = Read();
  EXPECT_FALSE(after.sign_up_open);
  EXPECT_EQ(after.allowed_origins, (std::vector<std::string>{"https://app.example", "https://shop.example"}));
  EXPECT_EQ(after.calls_per_minute, 50);
  const auto news = world.Run(PollTrust(deps, cursor));
  const auto found = std::find_if(news->tenants.begin(), news->tenants.end(), [&](const Tenant& each) { return each.id == tenant.id; });
  ASSERT_NE(found, news->tenants.end());
  EXPECT_TRUE(found->maintenance);
  EXPECT_EQ(found->allowed_origins.size(), 2U);
  EXPECT_EQ(world.RawText("SELECT detail FROM audit_log WHERE action = 'UpdateTenant' AND tenant_id = '" + tenant.id.uuid.Hex() + "'"),
            R"({"changed":["sign_up_closed","maintenance_on","allowed_origins","calls_per_minute"]})");
}

TEST_F(TenantsTest, TheSecondOfTwoWritersIsTold) {
  TenantChange name;
  name.display_name = "Signaux";
  EXPECT_TRUE(Update(name, "\"1\"").ok());
  EXPECT_EQ(Update(name, "\"1\"").error().reason, Reason::kEtagMismatch);
}

TEST_F(TenantsTest, BadValuesNameTheirField) {
  for (const char* origin : {"*", "shop.example", "https://shop.example/", "https://shop.example/path", "ftp://shop.example", ""}) {
    TenantChange change;
    change.allowed_origins = {std::string(origin)};
    const auto refused = Update(change);
    ASSERT_FALSE(refused.ok()) << origin;
    EXPECT_EQ(refused.error().fields.at(0).field, "allowed_origins") << origin;
  }
  TenantChange rate;
  rate.calls_per_minute = -1;
  EXPECT_EQ(Update(rate).error().fields.at(0).field, "limits.calls_per_minute");
}

TEST_F(TenantsTest, MaintenanceClosesSignUps) {
  TenantChange change;
  change.maintenance = true;
  ASSERT_TRUE(Update(change).ok());
  const auto refused =
      world.Run(SignUp(deps, {{"anonymous", ""}, tenant.code, "new@client.example", Secret(std::string(kGoodPassword)), ""}));
  EXPECT_EQ(refused.error().reason, Reason::kMaintenance);
}

TEST_F(TenantsTest, AnotherTenantIsNotThereButForThePlatform) {
  const Tenant other = NewTenantRow();
  EXPECT_EQ(world.Run(GetTenant(deps, {Operator(), other.id.ToString()})).error().code, Code::kNotFound);
  EXPECT_TRUE(world.Run(GetTenant(deps, {Platform(), other.id.ToString()})).ok());
  EXPECT_EQ(world.Run(UpdateTenant(deps, {Operator(), By(Operator()), Fresh(Operator()), other.id.ToString(), "", {}})).error().code,
            Code::kNotFound);
  EXPECT_FALSE(world.Run(ListTenants(deps, {200, ""}))->tenants.empty());
}

TEST_F(TenantsTest, RolesAreRowsAndChangeForEverybodyWhoHasThem) {
  for (const char* role : {"CONTRIBUTOR", "ARTIST", "STUNT_PERFORMER", "VIEWER", "SCREENWRITER", "CREATOR"}) {
    EXPECT_TRUE(Put(Operator(), role, {"subscriptions:read"}).ok()) << role;
  }
  const UserId user = NewPerson("artist@client.example");
  ASSERT_TRUE(SetRoles(user, {"ARTIST", "user"}).ok());
  const TokenPair tokens = *Login("artist@client.example");
  EXPECT_EQ(tokens.scope, "subscriptions:read");
  ASSERT_TRUE(Put(Operator(), "ARTIST", {"billing:read", "subscriptions:read"}).ok());
  EXPECT_FALSE(Refresh(tokens.refresh_token).ok()) << "what a role opens is in the tokens: they are outdated";
  const auto news = world.Run(PollTrust(deps, ""));
  EXPECT_TRUE(std::any_of(news->revocations.begin(), news->revocations.end(), [&](const Revocation& each) {
    return each.subject == user.ToString() && each.min_epoch > Verified(tokens.access_token).epoch;
  }));
  EXPECT_EQ(Login("artist@client.example")->scope, "billing:read subscriptions:read");
  EXPECT_EQ(AuditRows("PutRole"), 7);
  EXPECT_EQ(Delete("ARTIST").error().reason, Reason::kStateConflict) << "somebody has it";
  EXPECT_TRUE(Delete("VIEWER").ok());
  EXPECT_EQ(Delete("VIEWER").error().code, Code::kNotFound);
  EXPECT_EQ(Delete("user").error().reason, Reason::kStateConflict) << "built in";
  EXPECT_EQ(world.Run(ListRoles(deps, Operator()))->size(), 9U);
}

TEST_F(TenantsTest, NobodyPutsMoreIntoARoleThanTheyHold) {
  Caller half = Operator();
  half.scopes = {"auth:admin", "auth:read"};
  EXPECT_EQ(Put(half, "helper", {"billing:refund"}).error().code, Code::kPermissionDenied);
  EXPECT_TRUE(Put(half, "helper", {"auth:read"}).ok());
  EXPECT_EQ(Put(Operator(), "helper", {"platform:admin"}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(Put(Operator(), "admin", {"auth:read"}).error().reason, Reason::kStateConflict);
  for (const char* bad : {"x", "9lives", "two words", "é", ""}) {
    EXPECT_EQ(Put(Operator(), bad, {}).error().fields.at(0).field, "role") << bad;
  }
}

TEST_F(TenantsTest, ARoleThatMakesTheLastAdministratorKeepsItsScope) {
  ASSERT_TRUE(Put(Operator(), "ADMIN", {"auth:admin", "auth:read"}).ok());
  ASSERT_TRUE(SetRoles(NewPerson("boss@client.example"), {"ADMIN"}).ok());
  EXPECT_EQ(Put(Operator(), "ADMIN", {"auth:read"}).error().reason, Reason::kStateConflict);
  ASSERT_TRUE(SetRoles(NewPerson("second@client.example"), {"admin"}).ok());
  EXPECT_TRUE(Put(Operator(), "ADMIN", {"auth:read"}).ok());
}

TEST_F(TenantsTest, TwoSecretsLiveDuringARotationAndNoMore) {
  Account account = NewAccount();
  const Account second{account.id, Rotate(account)};
  EXPECT_TRUE(Exchange(account).ok());
  EXPECT_TRUE(Exchange(second).ok());
  const Account third{account.id, Rotate(account, 60)};
  EXPECT_FALSE(Exchange(account).ok()) << "the third ends the first at once";
  EXPECT_TRUE(Exchange(second).ok());
  world.clock.Advance(61s);
  EXPECT_FALSE(Exchange(second).ok());
  EXPECT_TRUE(Exchange(third).ok());
  const auto list = world.Run(ListServiceAccounts(deps, {Operator(), 0, ""}));
  ASSERT_EQ(list->accounts.size(), 1U);
  EXPECT_TRUE(list->accounts[0].used.has_value());
}

TEST_F(TenantsTest, A16_ADisabledAccountGivesNoTokenAndItsTokensAreOutdated) {
  const Account account = NewAccount();
  const auto before = Exchange(account);
  EXPECT_TRUE(world.Run(DisableServiceAccount(deps, {Operator(), By(Operator()), Fresh(Operator()), account.id})).ok());
  EXPECT_TRUE(world.Run(DisableServiceAccount(deps, {Operator(), By(Operator()), Fresh(Operator()), account.id})).ok());
  EXPECT_FALSE(Exchange(account).ok());
  const auto news = world.Run(PollTrust(deps, ""));
  EXPECT_TRUE(std::any_of(news->revocations.begin(), news->revocations.end(), [&](const Revocation& each) {
    return each.subject == account.id && each.min_epoch > Verified(before->access_token).epoch;
  }));
}

TEST_F(TenantsTest, A16_TheIncidentSwitchEndsEverythingButTheBreakGlassAccount) {
  const Account backend = NewAccount();
  const Account glass = NewAccount(true);
  const UserId user = NewPerson("crowd@client.example");
  // Somebody whose own epoch is already above the tenant's.
  ASSERT_TRUE(SetRoles(user, {"creator", "user"}).ok());
  const TokenPair tokens = *Login("crowd@client.example");
  const auto machine = Exchange(backend);
  const auto done = world.Run(RevokeAllCredentials(deps, {Operator(), By(Operator()), Fresh(Operator()), ""}));
  v1::RevokeAllCredentialsResponse response;
  ASSERT_TRUE(done.ok() && response.ParseFromString(done->bytes));
  EXPECT_EQ(response.service_accounts(), 1);
  EXPECT_FALSE(Refresh(tokens.refresh_token).ok());
  EXPECT_FALSE(Exchange(backend).ok());
  const auto news = world.Run(PollTrust(deps, ""));
  std::int64_t epoch = 0;
  for (const Revocation& each : news->revocations) {
    if (each.tenant == tenant.id && each.subject.empty()) epoch = std::max(epoch, each.min_epoch.value_or(0));
  }
  EXPECT_GT(epoch, Verified(tokens.access_token).epoch);
  EXPECT_GT(epoch, Verified(machine->access_token).epoch);
  const auto still_in = Exchange(glass);
  ASSERT_TRUE(still_in.ok());
  EXPECT_GE(Verified(still_in->access_token).epoch, epoch);
  EXPECT_GE(Verified(Login("crowd@client.example")->access_token).epoch, epoch) << "people log in again";
  const Account renewed{backend.id, Rotate(backend)};
  EXPECT_TRUE(Exchange(renewed).ok());
  EXPECT_EQ(AuditRows("RevokeAllCredentials"), 1);
}

TEST_F(TenantsTest, OneBreakGlassAccountMadeByThePlatform) {
  NewAccount(true);
  const NewServiceAccount wanted{"glass", {"auth:admin"}, {}, true};
  EXPECT_EQ(world.Run(CreateServiceAccount(deps, {Platform(), By(Platform()), Fresh(Platform()), wanted, tenant.code})).error().code,
            Code::kAlreadyExists);
  EXPECT_EQ(world.Run(CreateServiceAccount(deps, {Operator(), By(Operator()), Fresh(Operator()), wanted, ""})).error().code,
            Code::kPermissionDenied);
}

}  // namespace
}  // namespace quittance::auth
