// The copy of a person's data: auth's own part, who may ask, what is noted, and that half of it is given to nobody.
#include "services/auth/usecases/export_person.h"

#include "common/core/fault.h"
#include "services/auth/api/person_document.h"
#include "services/auth/store/tenants.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct ExportTest : AuthTest {
  // What the other services would add is left out.
  const CollectPerson collect = [this](User user) { return Remember(std::move(user)); };
  Task<Result<std::string>> Remember(User user) {
    asked.push_back(user.personal.email);
    co_return std::string("{}");
  }
  Result<std::string> Mine(const Caller& caller) { return world.Run(ExportMyData(deps, {caller, {caller.subject, ""}}, collect)); }
  Result<std::string> Of(const Caller& caller, const std::string& user) {
    return world.Run(ExportUserData(deps, {caller, {caller.subject, ""}, user}, collect));
  }
  void MakePlatform() {
    world.system.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
      if (store::FindTenantByCode(tx, kPlatformTenantCode)) return;
      store::InsertTenant(
          tx, *MakeTenant(deps.ids.New<TenantId>(), {std::string(kPlatformTenantCode), "Quittance", "en", "UTC"}, world.clock.Now()));
    });
  }
  std::vector<std::string> asked;
};

TEST_F(ExportTest, IsOfTheCallerOrOfAUserOfTheTenantAndIsNoted) {
  const UserId user = NewPerson("copy@client.example");
  ASSERT_TRUE(Mine(Person(user)).ok());
  ASSERT_TRUE(Of(Operator(), user.ToString()).ok());
  EXPECT_EQ(asked, (std::vector<std::string>{"copy@client.example", "copy@client.example"}));
  EXPECT_EQ(AuditRows("ExportMyData"), 1);
  EXPECT_EQ(AuditRows("ExportUserData"), 1);
}

TEST_F(ExportTest, A28_NobodyGetsTheCopyOfAnother) {
  const UserId user = NewPerson("mine@client.example");
  const UserId other = NewPerson("other@client.example");
  EXPECT_EQ(Of(Person(other), user.ToString()).error().code, Code::kPermissionDenied);
  EXPECT_EQ(Mine(Operator()).error().code, Code::kPermissionDenied) << "a machine has no data of its own";
  EXPECT_EQ(Of(OperatorOf(NewTenantRow().id), user.ToString()).error().code, Code::kNotFound);
  EXPECT_TRUE(asked.empty());
}

// What auth shows to the other processes: a token of the platform that opens their side and lives for minutes.
TEST_F(ExportTest, AuthSignsItsOwnToken) {
  MakePlatform();
  const crypto::Claims claims = Verified(world.Run(IssueOwnToken(deps)));
  EXPECT_EQ(claims.scope, "platform:service");
  EXPECT_TRUE(claims.subject.starts_with("svc_"));
  EXPECT_EQ(claims.expires - claims.issued, std::chrono::minutes(5));
}

// Nothing listens there.
TEST_F(ExportTest, AServiceThatIsDownMakesNoHalfCopy) {
  MakePlatform();
  const UserId user = NewPerson("half@client.example");
  const api::PersonDocument document(deps, {"127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:1"});
  const CollectPerson whole = [&document](User who) { return document.Collect(std::move(who)); };
  EXPECT_THROW(world.Run(ExportMyData(deps, {Person(user), {user.ToString(), ""}}, whole)), Fault);
  EXPECT_EQ(AuditRows("ExportMyData"), 0);
}

}  // namespace
}  // namespace quittance::auth
