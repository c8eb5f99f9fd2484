// Operators and people over accounts: roles, freezing, sessions, one's own fields; what ends with a lost right.
#include "services/auth/usecases/manage_users.h"

#include <thread>

#include "quittance/auth/v1/auth.pb.h"
#include "services/auth/usecases/logout.h"
#include "services/auth/usecases/poll_trust.h"
#include "services/auth/usecases/sessions.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct ManageUsersTest : AuthTest {
  std::string FreshKey() { return "key-" + deps.ids.Next().Hex(); }
  UserCommand Command(const Caller& caller, const std::string& user) {
    return {caller, {caller.subject, ""}, Key(caller, FreshKey()), user};
  }
  Result<db::Reply> SetRoles(const Caller& caller, const std::string& user, std::vector<std::string> roles) {
    return world.Run(SetUserRoles(deps, {Command(caller, user), std::move(roles)}));
  }
  EndSessionsCommand Ending(const Caller& caller, const std::string& id = "") {
    return {caller, {caller.subject, ""}, Key(caller, FreshKey()), id};
  }
  SessionId SessionOf(const TokenPair& tokens) { return *SessionId::Parse(Verified(tokens.access_token).session, "session"); }
  static v1::User Parse(const Result<db::Reply>& reply) {
    v1::User user;
    EXPECT_TRUE(reply.ok() && user.ParseFromString(reply->bytes));
    return user;
  }
  std::int64_t MinEpoch(UserId user) {
    const auto news = world.Run(PollTrust(deps, ""));
    std::int64_t epoch = 0;
    for (const Revocation& each : news->revocations) {
      if (each.subject == user.ToString() && each.min_epoch) epoch = std::max(epoch, *each.min_epoch);
    }
    return epoch;
  }
};

TEST_F(ManageUsersTest, A16_ARoleChangeEndsSessionsAndReachesTheTrustPoll) {
  const UserId user = NewPerson("roles@client.example");
  const TokenPair tokens = *Login("roles@client.example");
  const auto changed = SetRoles(Operator(), user.ToString(), {"moderator", "user", "moderator"});
  EXPECT_EQ(Parse(changed).roles_size(), 2);
  EXPECT_FALSE(Refresh(tokens.refresh_token).ok());
  EXPECT_GT(MinEpoch(user), Verified(tokens.access_token).epoch);
  EXPECT_NE(Login("roles@client.example")->scope.find("billing:read"), std::string::npos);
  EXPECT_EQ(Events("RolesChanged"), 1);
  EXPECT_EQ(world.RawText("SELECT detail FROM audit_log WHERE action = 'SetUserRoles' AND tenant_id = '" + tenant.id.uuid.Hex() + "'"),
            R"({"before":["user"],"after":["moderator","user"]})");
}

TEST_F(ManageUsersTest, RolesThatAreTheSameChangeNothing) {
  const UserId user = NewPerson("same@client.example");
  const TokenPair tokens = *Login("same@client.example");
  EXPECT_TRUE(SetRoles(Operator(), user.ToString(), {"user"}).ok());
  EXPECT_TRUE(Refresh(tokens.refresh_token).ok());
  EXPECT_EQ(Events("RolesChanged"), 0);
}

TEST_F(ManageUsersTest, NobodyGivesARoleThatOpensMoreThanTheyHold) {
  const UserId user = NewPerson("greedy@client.example");
  Caller half = Operator();
  half.scopes = {"auth:admin", "auth:read"};
  EXPECT_EQ(SetRoles(half, user.ToString(), {"admin"}).error().code, Code::kPermissionDenied);
  EXPECT_TRUE(SetRoles(half, user.ToString(), {"creator", "user"}).ok());
  EXPECT_EQ(SetRoles(Operator(), user.ToString(), {"emperor"}).error().fields.at(0).field, "roles");
  EXPECT_EQ(SetRoles(Operator(), "usr_00000000000000000000000000000001", {"user"}).error().code, Code::kNotFound);
  EXPECT_EQ(SetRoles(OperatorOf(NewTenantRow().id), user.ToString(), {"user"}).error().code, Code::kNotFound) << "another tenant's";
}

TEST_F(ManageUsersTest, TheLastAdminStaysOneAlsoWhenTwoAreTakenAtOnce) {
  const UserId one = NewPerson("one@client.example");
  const UserId two = NewPerson("two@client.example");
  ASSERT_TRUE(SetRoles(Operator(), one.ToString(), {"admin"}).ok());
  EXPECT_EQ(SetRoles(Operator(), one.ToString(), {"user"}).error().reason, Reason::kStateConflict);
  EXPECT_EQ(world.Run(FreezeUser(deps, Command(Operator(), one.ToString()))).error().reason, Reason::kStateConflict);
  ASSERT_TRUE(SetRoles(Operator(), two.ToString(), {"admin"}).ok());
  std::thread first([&] { (void)SetRoles(Operator(), one.ToString(), {"user"}); });
  std::thread second([&] { (void)SetRoles(Operator(), two.ToString(), {"user"}); });
  first.join();
  second.join();
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM user_roles WHERE role = 'admin' AND tenant_id = '" + tenant.id.uuid.Hex() + "'"), 1);
}

TEST_F(ManageUsersTest, A16_AFrozenAccountIsOutAtOnceAndComesBackByALogin) {
  const UserId user = NewPerson("frozen@client.example");
  const TokenPair tokens = *Login("frozen@client.example");
  EXPECT_EQ(Parse(world.Run(FreezeUser(deps, Command(Operator(), user.ToString())))).status(), v1::User::STATUS_FROZEN);
  EXPECT_TRUE(world.Run(FreezeUser(deps, Command(Operator(), user.ToString()))).ok()) << "twice is once";
  EXPECT_EQ(Events("UserFrozen"), 1);
  EXPECT_FALSE(Refresh(tokens.refresh_token).ok());
  EXPECT_FALSE(Login("frozen@client.example").ok());
  EXPECT_GT(MinEpoch(user), Verified(tokens.access_token).epoch);
  EXPECT_EQ(Parse(world.Run(UnfreezeUser(deps, Command(Operator(), user.ToString())))).status(), v1::User::STATUS_ACTIVE);
  EXPECT_FALSE(Refresh(tokens.refresh_token).ok()) << "the old session does not come back";
  EXPECT_TRUE(Login("frozen@client.example").ok());
  EXPECT_EQ(Events("UserUnfrozen"), 1);
}

TEST_F(ManageUsersTest, SessionsAreListedAndEndedOneByOne) {
  const UserId user = NewPerson("list@client.example");
  const TokenPair one = *Login("list@client.example");
  const TokenPair two = *Login("list@client.example");
  auto list = world.Run(ListSessions(deps, {Person(user), 0, ""}));
  ASSERT_EQ(list->sessions.size(), 2U);
  EXPECT_EQ(list->sessions[0].session.id, SessionOf(two)) << "newest first";
  const auto page = world.Run(ListSessions(deps, {Person(user), 1, ""}));
  EXPECT_EQ(world.Run(ListSessions(deps, {Person(user), 1, page->next_page_token}))->sessions.at(0).session.id, SessionOf(one));
  EXPECT_TRUE(world.Run(RevokeSession(deps, Ending(Person(user), SessionOf(one).ToString()))).ok());
  EXPECT_FALSE(Refresh(one.refresh_token).ok());
  EXPECT_TRUE(Refresh(two.refresh_token).ok());
  EXPECT_EQ(world.Run(ListSessions(deps, {Person(user), 0, ""}))->sessions.size(), 1U);
}

TEST_F(ManageUsersTest, A28_AnothersSessionLooksLikeNone) {
  NewPerson("owner@client.example");
  const TokenPair tokens = *Login("owner@client.example");
  const Caller stranger = Person(NewPerson("stranger@client.example"));
  for (const std::string& id : {SessionOf(tokens).ToString(), std::string("ses_00000000000000000000000000000001")}) {
    EXPECT_EQ(world.Run(RevokeSession(deps, Ending(stranger, id))).error().code, Code::kPermissionDenied);
  }
  EXPECT_TRUE(Refresh(tokens.refresh_token).ok());
}

TEST_F(ManageUsersTest, A16_AllSessionsEndAtOnceByThePersonOrAnOperator) {
  const UserId user = NewPerson("all@client.example");
  const TokenPair one = *Login("all@client.example");
  EXPECT_TRUE(world.Run(RevokeAllSessions(deps, Ending(Person(user)))).ok());
  EXPECT_FALSE(Refresh(one.refresh_token).ok());
  EXPECT_TRUE(world.Run(ListSessions(deps, {Person(user), 0, ""}))->sessions.empty());
  const TokenPair two = *Login("all@client.example");
  EXPECT_TRUE(world.Run(RevokeUserSessions(deps, Ending(Operator(), user.ToString()))).ok());
  EXPECT_FALSE(Refresh(two.refresh_token).ok());
  EXPECT_EQ(world.Run(RevokeUserSessions(deps, Ending(OperatorOf(NewTenantRow().id), user.ToString()))).error().code, Code::kNotFound);
}

TEST_F(ManageUsersTest, A14_ARotationAtTheSameMomentAsTheEndLeavesNoLiveToken) {
  for (int round = 0; round < 8; ++round) {
    const std::string email = "race" + std::to_string(round) + "@client.example";
    const UserId user = NewPerson(email);
    const TokenPair tokens = *Login(email);
    std::string successor;
    std::thread rotate([&] {
      if (const auto next = Refresh(tokens.refresh_token)) successor = next->refresh_token;
    });
    std::thread end([&] { EXPECT_TRUE(world.Run(RevokeAllSessions(deps, Ending(Person(user)))).ok()); });
    rotate.join();
    end.join();
    if (!successor.empty()) EXPECT_FALSE(Refresh(successor).ok()) << round;
    EXPECT_FALSE(Refresh(tokens.refresh_token).ok()) << round;
  }
}

TEST_F(ManageUsersTest, OnesOwnFieldsChangeAndStaySealed) {
  const UserId user = NewPerson("me@client.example");
  const auto updated = world.Run(UpdateMe(deps, {Command(Person(user), user.ToString()), std::string("en"), std::string("+33612345678")}));
  EXPECT_EQ(Parse(updated).phone(), "+33612345678");
  EXPECT_EQ(Parse(updated).locale(), "en");
  EXPECT_EQ(Parse(updated).email(), "me@client.example");
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM users u WHERE u::text LIKE '%612345678%'"), 0);
  EXPECT_EQ(Parse(world.Run(UpdateMe(deps, {Command(Person(user), ""), std::nullopt, std::string()}))).phone(), "");
  EXPECT_EQ(world.Run(UpdateMe(deps, {Command(Person(user), ""), std::string("de"), std::nullopt})).error().fields.at(0).field, "locale");
  EXPECT_EQ(world.Run(UpdateMe(deps, {Command(Person(user), ""), std::nullopt, std::string("12")})).error().fields.at(0).field, "phone");
}

TEST_F(ManageUsersTest, C15_UsersAreFoundByTheirWholeAddressThroughItsHash) {
  const UserId user = NewPerson("findme@client.example");
  NewPerson("other@client.example");
  EXPECT_EQ(world.Run(ListUsers(deps, {Operator(), 0, "", "", ""}))->users.size(), 2U);
  const auto found = world.Run(ListUsers(deps, {Operator(), 0, "", "FindMe@client.example", ""}));
  ASSERT_EQ(found->users.size(), 1U);
  EXPECT_EQ(found->users[0].facts.id, user);
  EXPECT_TRUE(world.Run(ListUsers(deps, {Operator(), 0, "", "findme@client.exampl", ""}))->users.empty());
  EXPECT_TRUE(world.Run(ListUsers(deps, {OperatorOf(NewTenantRow().id), 0, "", "findme@client.example", ""}))->users.empty());
  const auto page = world.Run(ListUsers(deps, {Operator(), 1, "", "", ""}));
  EXPECT_EQ(world.Run(ListUsers(deps, {Operator(), 1, page->next_page_token, "", ""}))->users.size(), 1U);
}

}  // namespace
}  // namespace quittance::auth
