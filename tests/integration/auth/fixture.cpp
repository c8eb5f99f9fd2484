// See fixture.h.
#include "tests/integration/auth/fixture.h"

#include "common/crypto/hmac.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/trust.h"
#include "services/auth/usecases/login.h"
#include "services/auth/usecases/refresh_token.h"
#include "services/auth/usecases/sign_up.h"
#include "services/auth/usecases/signing_keys.h"
#include "services/auth/usecases/verify_email.h"

namespace quittance::auth {
namespace {

std::shared_ptr<const crypto::Keyring> NewKeyring() {
  return std::make_shared<const crypto::Keyring>(std::map<std::uint32_t, Secret>{{1, Secret(crypto::RandomBytes(32))}});
}

}  // namespace

db::IdempotentCall Key(const Caller& caller, const std::string& key, const std::string& request) {
  db::IdempotentCall call{.tenant = caller.tenant,
                          .principal = caller.subject,
                          .method = "quittance.auth.v1.Test",
                          .key = key,
                          .fingerprint = {},
                          .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10)};
  const std::string hash = HashSecret(request);
  std::copy(hash.begin(), hash.end(), call.fingerprint.begin());
  return call;
}

db::DatabaseOptions PatientDatabase(std::string name, Secret url, int connections) {
  return {.name = std::move(name),
          .url = std::move(url),
          .connections = connections,
          .queue_wait_max = kPatience,
          .statement_timeout = kPatience,
          .lock_timeout = kPatience};
}

World::World()
    : database("auth"),
      keyring(NewKeyring()),
      token_keyring(NewKeyring()),
      executor(2),
      app(PatientDatabase("app", database.app_url(), 4), metrics),
      system(PatientDatabase("system", database.system_url(), 2), metrics),
      clock(FromUnixSeconds(1'800'000'000)),
      vault(keyring, token_keyring),
      signer(std::string(kIssuer), vault),
      passwords(2, metrics, kHashCost, kPatience),
      deps{app, system, clock, ids, passwords, vault, signer} {
  db::SetReplySealer({[this](TenantId tenant, std::string_view plain) { return crypto::SealWhole(*keyring, tenant.ToString(), plain); },
                      [this](TenantId tenant, std::string_view sealed) { return crypto::OpenWhole(*keyring, tenant.ToString(), sealed); }});
  Run(LoadSigningKeys(deps));
}

World& World::Get() {
  static World world;
  return world;
}

void AuthTest::SetUp() { tenant = NewTenantRow(); }

Tenant AuthTest::NewTenantRow() {
  const auto id = deps.ids.New<TenantId>();
  const NewTenant wanted{"t" + id.uuid.Hex(), "Calmness", "fr", "Europe/Paris"};
  const Tenant made = *MakeTenant(id, wanted, world.clock.Now());
  world.app.TransactSync(db::Scope::Of(id), [&](db::Tx& tx) { EXPECT_TRUE(store::InsertTenant(tx, made)); });
  return made;
}

Caller AuthTest::OperatorOf(TenantId tenant_id) const {
  Caller caller;
  caller.kind = Caller::Kind::kServiceAccount;
  caller.tenant = tenant_id;
  caller.subject = "svc_00000000000000000000000000000001";
  for (const std::string_view scope : TenantScopes()) caller.scopes.emplace_back(scope);
  caller.tenant_wide = true;
  return caller;
}

Caller AuthTest::Platform() const {
  Caller caller = Operator();
  caller.scopes = {std::string(kScopePlatformAdmin)};
  return caller;
}

Caller AuthTest::Process() const {
  Caller caller = Operator();
  caller.scopes = {std::string(kScopePlatformService)};
  return caller;
}

Caller AuthTest::Person(UserId user) const {
  Caller caller;
  caller.kind = Caller::Kind::kUser;
  caller.tenant = tenant.id;
  caller.subject = user.ToString();
  caller.user = user;
  return caller;
}

UserId AuthTest::UserOf(const std::string& email) {
  const std::string index = crypto::Hex(std::string_view(world.vault.EmailIndex(tenant.id, email)));
  const std::string hex = world.RawText("SELECT replace(user_id::text, '-', '') FROM users WHERE tenant_id = '" + tenant.id.uuid.Hex() +
                                        "' AND email_index = '\\x" + index + "'");
  return *UserId::Parse("usr_" + hex, "user");
}

std::string AuthTest::MailedToken(UserId user) {
  const std::string hex = world.RawText("SELECT encode(data, 'hex') FROM outbox WHERE key = '" + user.ToString() +
                                        "' AND type = 'quittance.auth.v1.UserSignedUp' ORDER BY id DESC LIMIT 1");
  v1::UserSignedUp event;
  EXPECT_TRUE(event.ParseFromString(*crypto::UnHex(hex)));
  return crypto::OpenWhole(*world.token_keyring, "quittance.auth.v1.UserSignedUp:" + user.ToString(), event.sealed_token());
}

UserId AuthTest::NewPerson(const std::string& email, std::string_view password) {
  EXPECT_TRUE(world.Run(SignUp(deps, {{"anonymous", ""}, tenant.code, email, Secret(std::string(password)), ""})).ok());
  const UserId user = UserOf(email);
  EXPECT_TRUE(world.Run(VerifyEmail(deps, {{"anonymous", ""}, MailedToken(user)})).ok());
  return user;
}

Result<TokenPair> AuthTest::Login(const std::string& email, std::string_view password) {
  auto reply = world.Run(auth::Login(deps, {{"anonymous", ""}, tenant.code, email, Secret(std::string(password))}));
  if (!reply) return reply.error();
  EXPECT_TRUE(reply->tokens.has_value()) << "a second factor was asked for";
  return reply->tokens.value_or(TokenPair{});
}

Result<TokenPair> AuthTest::Refresh(const std::string& token) { return world.Run(RefreshToken(deps, {{"anonymous", ""}, token})); }

crypto::Claims AuthTest::Verified(const std::string& access_token) {
  const auto keys = world.system.TransactSync(db::Scope::System(), [](db::Tx& tx) { return store::FindSigningKeys(tx); });
  const auto lookup = [&](std::string_view kid) -> std::optional<std::string> {
    for (const SigningKey& key : keys) {
      if (key.kid == kid) return key.public_key;
    }
    return std::nullopt;
  };
  const auto claims = crypto::VerifyToken(access_token, lookup, kIssuer, world.clock.Now());
  EXPECT_TRUE(claims.ok());
  return claims ? *claims : crypto::Claims{};
}

std::int64_t AuthTest::Events(const std::string& type) {
  return world.RawCount("SELECT count(*) FROM outbox WHERE tenant_id = '" + tenant.id.uuid.Hex() + "' AND type = 'quittance.auth.v1." +
                        type + "'");
}

std::int64_t AuthTest::AuditRows(const std::string& action) {
  return world.RawCount("SELECT count(*) FROM audit_log WHERE tenant_id = '" + tenant.id.uuid.Hex() + "' AND action = '" + action + "'");
}

}  // namespace quittance::auth
