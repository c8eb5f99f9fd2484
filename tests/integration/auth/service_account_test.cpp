// Tenants and accounts of machines, and the tokens they get.
#include "services/auth/usecases/create_service_account.h"

#include "quittance/auth/v1/auth.pb.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/domain/session.h"
#include "services/auth/usecases/create_tenant.h"
#include "services/auth/usecases/exchange_client_credentials.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct ServiceAccountTest : AuthTest {
  Result<db::Reply> Create(const Caller& caller, const NewServiceAccount& account, const std::string& tenant_code = "",
                           std::string key = "") {
    if (key.empty()) key = "key-" + world.ids.Next().Hex();
    return world.Run(CreateServiceAccount(deps, {caller, {caller.subject, ""}, Key(caller, key), account, tenant_code}));
  }
  static v1::CreateServiceAccountResponse Parse(const std::string& bytes) {
    v1::CreateServiceAccountResponse response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    return response;
  }
  Result<TokenPair> Exchange(const std::string& id, const std::string& secret, const std::string& scope = "") {
    return world.Run(ExchangeClientCredentials(deps, {id, Secret(secret), scope}));
  }
  const NewServiceAccount backend{"backend", {"billing:write", "billing:read"}, {}};
};

TEST_F(ServiceAccountTest, TheSecretIsShownOnceAndOnlyItsHashIsKept) {
  const auto made = Create(Operator(), backend, "", "account-0001");
  ASSERT_TRUE(made.ok());
  const auto shown = Parse(made->secret_bytes.empty() ? made->bytes : made->secret_bytes);
  EXPECT_EQ(shown.client_secret().size(), 43u);
  for (const char* table : {"service_accounts", "service_account_secrets", "idempotency_keys", "audit_log"}) {
    const std::string hex = world.RawText("SELECT encode('" + shown.client_secret() + "', 'hex')");
    EXPECT_EQ(world.RawCount(std::string("SELECT count(*) FROM ") + table + " t WHERE t::text LIKE '%" + shown.client_secret() +
                             "%' OR t::text LIKE '%" + hex + "%'"),
              0)
        << table;
  }
  const auto again = Create(Operator(), backend, "", "account-0001");
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(Parse(again->secret_bytes.empty() ? again->bytes : again->secret_bytes).client_secret(), shown.client_secret())
      << "within ten minutes";
}

TEST_F(ServiceAccountTest, ExchangeGivesATokenOfThirtyMinutesWithoutRefresh) {
  const auto account = Parse(Create(Operator(), backend)->secret_bytes);
  const auto tokens = Exchange(account.client_id(), account.client_secret());
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ(tokens->refresh_token, "");
  EXPECT_EQ(tokens->expires_in, 1800);
  EXPECT_EQ(tokens->scope, "billing:read billing:write");
  const crypto::Claims claims = Verified(tokens->access_token);
  EXPECT_EQ(claims.subject, account.client_id());
  EXPECT_EQ(claims.tenant, tenant.id.ToString());
  EXPECT_EQ(claims.session, "");
  EXPECT_TRUE(claims.roles.empty());
}

TEST_F(ServiceAccountTest, A30_ScopesCanBeNarrowedNotWidened) {
  const auto account = Parse(Create(Operator(), backend)->secret_bytes);
  EXPECT_EQ(Exchange(account.client_id(), account.client_secret(), "billing:read")->scope, "billing:read");
  EXPECT_EQ(Exchange(account.client_id(), account.client_secret(), "billing:refund").error().fields.at(0).field, "scope");
  EXPECT_EQ(Exchange(account.client_id(), account.client_secret(), "no:scope").error().fields.at(0).field, "scope");
}

TEST_F(ServiceAccountTest, WrongUnknownDisabledAndOverAreOneAnswer) {
  const auto account = Parse(Create(Operator(), backend)->secret_bytes);
  const auto disabled = Parse(Create(Operator(), backend)->secret_bytes);
  world.RawText("UPDATE service_accounts SET disabled_at = now() WHERE account_id = '" + disabled.client_id().substr(4) + "' RETURNING 1");
  const auto over = Parse(Create(Operator(), {"short", {"auth:read"}, world.clock.Now() + std::chrono::minutes(5)})->secret_bytes);
  EXPECT_EQ(Exchange(over.client_id(), over.client_secret())->expires_in, 300) << "never longer than the account";
  world.clock.Advance(std::chrono::minutes(5));
  const std::vector<std::pair<std::string, std::string>> wrong = {{account.client_id(), "wrong"},
                                                                  {account.client_id(), ""},
                                                                  {account.client_id(), disabled.client_secret()},
                                                                  {"svc_" + world.ids.Next().Hex(), account.client_secret()},
                                                                  {"no id", account.client_secret()},
                                                                  {disabled.client_id(), disabled.client_secret()},
                                                                  {over.client_id(), over.client_secret()}};
  for (const auto& [id, secret] : wrong) {
    const auto refused = Exchange(id, secret);
    ASSERT_FALSE(refused.ok()) << id;
    EXPECT_EQ(refused.error().reason, Reason::kCredentialsInvalid);
    EXPECT_EQ(refused.error().message, Exchange("x", "y").error().message);
  }
  EXPECT_TRUE(Exchange(account.client_id(), account.client_secret()).ok());
}

TEST_F(ServiceAccountTest, NobodyGivesMoreThanTheyHold) {
  Caller small = Operator();
  small.scopes = {"auth:admin", "billing:read"};
  EXPECT_TRUE(Create(small, {"reader", {"billing:read"}, {}}).ok());
  EXPECT_EQ(Create(small, {"refunder", {"billing:refund"}, {}}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(Create(Operator(), {"platform", {std::string(kScopePlatformAdmin)}, {}}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(Create(Operator(), {"process", {std::string(kScopePlatformService)}, {}}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(Create(Operator(), {"ingress", {std::string(kScopeWebhooksIngest)}, {}}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(Create(Operator(), backend, tenant.code).error().code, Code::kPermissionDenied) << "tenants are named by the platform only";
}

TEST_F(ServiceAccountTest, ThePlatformMakesTheFirstOperatorOfATenant) {
  Caller platform = Platform();
  platform.tenant = NewTenantRow().id;
  const auto made = Create(platform, backend, tenant.code);
  ASSERT_TRUE(made.ok());
  const auto account = Parse(made->secret_bytes);
  EXPECT_EQ(Verified(Exchange(account.client_id(), account.client_secret())->access_token).tenant, tenant.id.ToString());
  EXPECT_EQ(Create(platform, backend, "no-such-tenant").error().code, Code::kNotFound);
}

TEST_F(ServiceAccountTest, CreateTenantMakesDefaultRolesAndRefusesATakenCode) {
  const Caller platform = Platform();
  const auto create = [&](const std::string& key, const NewTenant& wanted) {
    return world.Run(CreateTenant(deps, {platform, {platform.subject, ""}, Key(platform, key, wanted.code), wanted}));
  };
  const std::string code = "n" + world.ids.Next().Hex();
  const auto made = create("tenant-0001", {code, "New", "en", "Africa/Abidjan"});
  ASSERT_TRUE(made.ok());
  v1::Tenant parsed;
  ASSERT_TRUE(parsed.ParseFromString(made->bytes));
  EXPECT_EQ(parsed.code(), code);
  EXPECT_EQ(parsed.time_zone(), "Africa/Abidjan");
  EXPECT_EQ(world.RawText("SELECT string_agg(role, ' ' ORDER BY role) FROM roles WHERE tenant_id = '" + parsed.id().substr(4) + "'"),
            "admin creator moderator user");
  EXPECT_EQ(create("tenant-0001", {code, "New", "en", "Africa/Abidjan"})->bytes, made->bytes);
  EXPECT_EQ(create("tenant-0002", {code, "Again", "en", ""}).error().code, Code::kAlreadyExists);
  EXPECT_EQ(create("tenant-0003", {"Bad Code", "x", "", ""}).error().fields.at(0).field, "code");
}

}  // namespace
}  // namespace quittance::auth
