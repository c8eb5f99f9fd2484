// CreateUser, GetUser, ResolveContacts: idempotent, sealed at rest, each in its own tenant.
#include "services/auth/usecases/create_user.h"

#include <thread>

#include "quittance/auth/v1/auth.pb.h"
#include "services/auth/usecases/get_user.h"
#include "services/auth/usecases/resolve_contacts.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct CreateUserTest : AuthTest {
  Result<db::Reply> Create(const std::string& key, const Personal& personal, const Caller& caller, const std::string& locale = "") {
    const std::string request = personal.email + "|" + personal.phone + "|" + personal.external_id + "|" + locale;
    return world.Run(CreateUser(deps, {caller, {caller.subject, ""}, Key(caller, key, request), personal, locale}));
  }
  Result<db::Reply> Create(const std::string& key, const Personal& personal) { return Create(key, personal, Operator()); }

  static v1::User Parse(const db::Reply& reply) {
    v1::User user;
    EXPECT_TRUE(user.ParseFromString(reply.bytes));
    return user;
  }
  UserId Make(const Personal& personal) { return *UserId::Parse(Parse(*Create("key-" + world.ids.Next().Hex(), personal)).id(), "id"); }
  std::int64_t Users() { return world.RawCount("SELECT count(*) FROM users WHERE tenant_id = '" + tenant.id.uuid.Hex() + "'"); }

  const Personal claire{"claire.dupont@client.example", "+33612345678", "customer-42"};
};

TEST_F(CreateUserTest, GivesTheUserAndItsEvent) {
  const auto made = Create("create-0001", claire);
  ASSERT_TRUE(made.ok());
  const v1::User user = Parse(*made);
  EXPECT_EQ(user.email(), claire.email);
  EXPECT_EQ(user.phone(), claire.phone);
  EXPECT_EQ(user.external_id(), claire.external_id);
  EXPECT_EQ(user.locale(), "fr") << "the tenant's";
  EXPECT_EQ(user.status(), v1::User::STATUS_ACTIVE);
  EXPECT_FALSE(user.email_verified());
  EXPECT_EQ(user.etag(), "\"1\"");
  EXPECT_EQ(Events("UserCreated"), 1);
  EXPECT_EQ(AuditRows("CreateUser"), 1);
}

TEST_F(CreateUserTest, I01_TheSameKeyGivesTheSameBytes) {
  const auto first = Create("create-0001", claire);
  world.clock.Advance(std::chrono::hours(5));
  const auto again = Create("create-0001", claire);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->bytes, first->bytes);
  EXPECT_EQ(Users(), 1);
  EXPECT_EQ(Events("UserCreated"), 1);
}

TEST_F(CreateUserTest, I02_TheSameKeyWithAnotherRequestIsRefused) {
  ASSERT_TRUE(Create("create-0001", claire).ok());
  const auto other = Create("create-0001", {"other@client.example", "", ""});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().reason, Reason::kIdempotencyKeyReused);
  EXPECT_EQ(other.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(Users(), 1);
}

TEST_F(CreateUserTest, I03_TwentyAtOnceMakeOneUser) {
  std::vector<std::string> bytes(20);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto made = Create("create-0001", claire);
      if (made) bytes[i] = made->bytes;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& each : bytes) EXPECT_EQ(each, bytes.front());
  EXPECT_FALSE(bytes.front().empty());
  EXPECT_EQ(Users(), 1);
}

TEST_F(CreateUserTest, I14_ARefusedRequestFreesItsKey) {
  EXPECT_FALSE(Create("create-0001", {"no address", "", ""}).ok());
  ASSERT_TRUE(Create("create-0002", claire).ok());
  EXPECT_FALSE(Create("create-0003", claire).ok()) << "taken";
  EXPECT_TRUE(Create("create-0001", {"fine@client.example", "", ""}).ok());
  EXPECT_TRUE(Create("create-0003", {"fine.too@client.example", "", ""}).ok());
}

TEST_F(CreateUserTest, ATakenAddressOrExternalIdIsNamed) {
  ASSERT_TRUE(Create("create-0001", claire).ok());
  const auto email = Create("create-0002", {"CLAIRE.Dupont@client.example", "", "customer-43"});
  EXPECT_EQ(email.error().code, Code::kAlreadyExists);
  const auto external = Create("create-0003", {"other@client.example", "", "customer-42"});
  EXPECT_EQ(external.error().code, Code::kAlreadyExists);
  EXPECT_NE(email.error().message, external.error().message);
  EXPECT_TRUE(Create("create-0004", {"", "+33612345678", ""}).ok()) << "a phone may be shared";
  EXPECT_TRUE(Create("create-0005", {}).ok());
  EXPECT_TRUE(Create("create-0006", {}).ok()) << "nothing is not a value";
}

TEST_F(CreateUserTest, TheSameAddressInAnotherTenantIsAnotherUser) {
  ASSERT_TRUE(Create("create-0001", claire).ok());
  EXPECT_TRUE(Create("create-0001", claire, OperatorOf(NewTenantRow().id)).ok());
}

TEST_F(CreateUserTest, C15_NothingPersonalIsStoredInClear) {
  ASSERT_TRUE(Create("create-0001", claire).ok());
  for (const char* table : {"users", "user_keys", "idempotency_keys", "outbox", "audit_log", "user_roles"}) {
    for (const char* part : {"dupont", "client.example", "612345678", "customer-42"}) {
      const std::string hex = world.RawText(std::string("SELECT encode('") + part + "', 'hex')");
      EXPECT_EQ(world.RawCount(std::string("SELECT count(*) FROM ") + table + " t WHERE t.tenant_id = '" + tenant.id.uuid.Hex() +
                               "' AND (t::text ILIKE '%" + part + "%' OR t::text LIKE '%" + hex + "%')"),
                0)
          << table << " shows " << part;
    }
  }
}

TEST_F(CreateUserTest, AReplayAfterErasureShowsNobody) {
  const UserId user = *UserId::Parse(Parse(*Create("create-0001", claire)).id(), "id");
  world.RawText("DELETE FROM user_keys WHERE user_id = '" + user.uuid.Hex() + "' RETURNING 1");
  const auto again = Create("create-0001", claire);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, Reason::kUserUnknown);
}

TEST_F(CreateUserTest, GetUserShowsWhatWasMade) {
  const UserId user = Make(claire);
  const auto got = world.Run(GetUser(deps, {Operator(), user.ToString(), ""}));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->personal.email, claire.email);
  EXPECT_EQ(got->facts.roles, std::vector<std::string>{"user"});
  EXPECT_TRUE(world.Run(GetUser(deps, {Person(user), "", ""})).ok()) << "a person asks about themselves";
  EXPECT_TRUE(world.Run(GetUser(deps, {Person(user), user.ToString(), tenant.id.ToString()})).ok());
}

TEST_F(CreateUserTest, A28_SomebodyElsesIsLikeMissing) {
  const UserId mine = Make({"mine@client.example", "", ""});
  const UserId other = Make({"other@client.example", "", ""});
  const auto foreign = world.Run(GetUser(deps, {Person(mine), other.ToString(), ""}));
  const auto missing = world.Run(GetUser(deps, {Person(mine), world.ids.New<UserId>().ToString(), ""}));
  ASSERT_FALSE(foreign.ok());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(foreign.error().code, Code::kPermissionDenied);
  EXPECT_EQ(missing.error().code, Code::kPermissionDenied);
  EXPECT_EQ(foreign.error().message, missing.error().message);
}

TEST_F(CreateUserTest, A28_AnotherTenantsOperatorFindsNothing) {
  const UserId user = Make(claire);
  const Caller stranger = OperatorOf(NewTenantRow().id);
  EXPECT_EQ(world.Run(GetUser(deps, {stranger, user.ToString(), ""})).error().code, Code::kNotFound);
  EXPECT_EQ(world.Run(GetUser(deps, {stranger, user.ToString(), tenant.id.ToString()})).error().code, Code::kPermissionDenied);
  EXPECT_EQ(world.Run(GetUser(deps, {stranger, "not an id", ""})).error().code, Code::kInvalidArgument);
}

TEST_F(CreateUserTest, OurProcessesNameTheTenant) {
  const UserId user = Make(claire);
  EXPECT_TRUE(world.Run(GetUser(deps, {Process(), user.ToString(), tenant.id.ToString()})).ok());
  EXPECT_EQ(world.Run(GetUser(deps, {Process(), user.ToString(), ""})).error().fields.at(0).field, "tenant_id");
  EXPECT_EQ(world.Run(GetUser(deps, {Process(), user.ToString(), NewTenantRow().id.ToString()})).error().code, Code::kNotFound);
}

TEST_F(CreateUserTest, ResolveContactsGivesThoseThatExist) {
  const UserId one = Make(claire);
  const UserId frozen = Make({"frozen@client.example", "", ""});
  world.RawText("UPDATE users SET status = 'frozen' WHERE user_id = '" + frozen.uuid.Hex() + "' RETURNING 1");
  const auto contacts =
      world.Run(ResolveContacts(deps, {tenant.id.ToString(), {one.ToString(), frozen.ToString(), world.ids.New<UserId>().ToString()}}));
  ASSERT_TRUE(contacts.ok());
  ASSERT_EQ(contacts->size(), 2u);
  for (const Contact& contact : *contacts) {
    EXPECT_EQ(contact.time_zone, "Europe/Paris");
    EXPECT_EQ(contact.facts.status == UserStatus::kActive, contact.facts.id == one);
  }
  const TenantId elsewhere = NewTenantRow().id;
  EXPECT_TRUE(world.Run(ResolveContacts(deps, {elsewhere.ToString(), {one.ToString()}}))->empty()) << "of another tenant";
  EXPECT_EQ(world.Run(ResolveContacts(deps, {"x", {}})).error().fields.at(0).field, "tenant_id");
  EXPECT_EQ(
      world.Run(ResolveContacts(deps, {tenant.id.ToString(), std::vector<std::string>(201, one.ToString())})).error().fields.at(0).field,
      "user_ids");
}

TEST_F(CreateUserTest, A28_TheAppRoleSeesOnlyItsScope) {
  const UserId mine = Make({"mine@client.example", "", ""});
  Make({"other@client.example", "", ""});
  const auto count = [&](const db::Scope& scope) {
    return world.app.TransactSync(scope,
                                  [](db::Tx& tx) { return tx.Exec("SELECT count(*) AS n FROM users").front().Get<std::int64_t>("n"); });
  };
  EXPECT_EQ(count(db::Scope::Of(tenant.id)), 2);
  EXPECT_EQ(count(db::Scope::Of(tenant.id, mine)), 1);
  EXPECT_EQ(count(db::Scope::Of(NewTenantRow().id)), 0);
  EXPECT_EQ(count(db::Scope{}), 0);
}

}  // namespace
}  // namespace quittance::auth
