// Auth's use cases on a real database: the roles app and system as in production, a clock that moves only when told, one tenant.
#pragma once

#include <gtest/gtest.h>

#include "common/async/executor.h"
#include "common/crypto/envelope.h"
#include "common/crypto/jwt.h"
#include "common/crypto/random.h"
#include "common/metrics/registry.h"
#include "services/auth/deps.h"
#include "services/auth/domain/tenant.h"
#include "services/auth/usecases/token_pair.h"
#include "tests/support/test_database.h"

namespace quittance::auth {

inline constexpr std::string_view kIssuer = "https://pay.example";
inline constexpr std::string_view kGoodPassword = "une phrase assez longue";
// The tests beside these leave hashing threads and the database little: what is slow is not refused here.
inline constexpr std::chrono::minutes kPatience{1};
db::DatabaseOptions PatientDatabase(std::string name, Secret url, int connections);

// An idempotent call of `caller` with this key; `request` stands for the request's fields.
db::IdempotentCall Key(const Caller& caller, const std::string& key, const std::string& request = "");

// One database for the whole program; tests share it and live in tenants of their own.
class World {
 public:
  static World& Get();

  template <class T>
  T Run(Task<T> task) {
    return async::RunSync(executor, std::move(task));
  }
  // As the superuser: what is really stored.
  std::string RawText(const std::string& sql) { return database.AdminValue(sql); }
  std::int64_t RawCount(const std::string& sql) { return std::stoll(RawText(sql)); }

  test::TestDatabase database;
  std::shared_ptr<const crypto::Keyring> keyring;
  std::shared_ptr<const crypto::Keyring> token_keyring;
  metrics::Registry metrics;
  async::Executor executor;
  db::Database app;
  db::Database system;
  ManualClock clock;
  crypto::RandomIds ids;
  Vault vault;
  Signer signer;
  PasswordHasher passwords;
  Deps deps;

 private:
  World();
};

class AuthTest : public testing::Test {
 protected:
  void SetUp() override;

  Caller Operator() const { return OperatorOf(tenant.id); }  // every scope of the tenant
  Caller OperatorOf(TenantId tenant_id) const;
  Caller Platform() const;
  Caller Person(UserId user) const;  // no scopes
  Caller Process() const;            // platform:service

  Tenant NewTenantRow();  // with a random code

  // Signs up and verifies; gives the user's id.
  UserId NewPerson(const std::string& email, std::string_view password = kGoodPassword);
  // What the newest UserSignedUp of this address's tenant carries, opened as notifications would.
  std::string MailedToken(UserId user);
  UserId UserOf(const std::string& email);

  Result<TokenPair> Login(const std::string& email, std::string_view password = kGoodPassword);
  Result<TokenPair> Refresh(const std::string& token);

  crypto::Claims Verified(const std::string& access_token);
  std::int64_t Events(const std::string& type);  // of this tenant
  std::int64_t AuditRows(const std::string& action);

  World& world = World::Get();
  Deps& deps = World::Get().deps;
  Tenant tenant;
};

}  // namespace quittance::auth
