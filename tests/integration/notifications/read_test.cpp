// Who may read what.
#include "services/notifications/api/person_lists.h"
#include "services/notifications/usecases/purge.h"
#include "services/notifications/usecases/read_notifications.h"
#include "tests/integration/notifications/fixture.h"
#include "tests/support/person_copy.h"

namespace quittance::notifications {
namespace {

using namespace std::chrono_literals;

class ReadTest : public NotificationsTest {
 protected:
  void Activate(UserId user, std::int64_t version = 1) {
    Hear(SubscriptionEvent::kActivated, Subscription(user, clock.Now() + 168h, version));
  }
  std::string IdOf(UserId user) {
    return "ntf_" +
           Value("SELECT replace(notification_id::text, '-', '') FROM notifications WHERE user_id = '" + user.uuid.Hex() + "' LIMIT 1");
  }
  Result<Notification> Get(const Caller& caller, const std::string& id) {
    return async::RunSync(executor, GetNotification(*deps, {caller, id}));
  }
  Result<NotificationPage> List(ListNotificationsQuery query) {
    return async::RunSync(executor, ListNotifications(*deps, std::move(query)));
  }
};

TEST_F(ReadTest, ThePersonsCopyNamesWhatWasSentToThem) {
  const UserId luc = NewUser();
  const UserId anna = NewUser();
  Activate(luc);
  Activate(anna);
  const auto copy = test::CopyOf(executor, api::PersonLists(*deps), tenant, luc);
  ASSERT_EQ(copy.at("notifications").size(), 1U);
  EXPECT_EQ(copy.at("notifications").at(0).at("template"), "subscription_activated");
  EXPECT_EQ(copy.at("notifications").at(0).dump().find(anna.ToString()), std::string::npos);
}

TEST_F(ReadTest, A28_AUserReadsTheirOwnOnly) {
  const UserId luc = NewUser();
  const UserId anna = NewUser();
  Activate(luc);
  Activate(anna);
  EXPECT_TRUE(Get(Person(luc), IdOf(luc)).ok());
  EXPECT_EQ(Get(Person(luc), IdOf(anna)).error().code, Code::kPermissionDenied);
  EXPECT_EQ(Get(Person(luc), NotificationId{ids.Next()}.ToString()).error().code, Code::kPermissionDenied)
      << "like one that does not exist";
  EXPECT_TRUE(Get(Backend(), IdOf(anna)).ok());
  EXPECT_EQ(Get(Backend(), NotificationId{ids.Next()}.ToString()).error().code, Code::kNotFound);
  EXPECT_EQ(Get(Backend(), "pay_1").error().code, Code::kInvalidArgument);
  Caller foreign = Backend();
  foreign.tenant = ids.New<TenantId>();
  EXPECT_EQ(Get(foreign, IdOf(anna)).error().code, Code::kNotFound);
}

TEST_F(ReadTest, ListsFilterAndPage) {
  const UserId luc = NewUser();
  const UserId anna = NewUser();
  for (int i = 1; i <= 5; ++i) Activate(luc, i);
  Activate(anna);
  Send();
  Activate(anna, 2);

  const auto own = List({.caller = Person(luc), .user_id = "", .state = std::nullopt, .page_size = 0, .page_token = ""});
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->notifications.size(), 5U);
  EXPECT_EQ(List({.caller = Person(luc), .user_id = anna.ToString(), .state = std::nullopt, .page_size = 0, .page_token = ""}).error().code,
            Code::kPermissionDenied);
  EXPECT_EQ(List({.caller = Backend(), .user_id = "", .state = State::kPending, .page_size = 0, .page_token = ""})->notifications.size(),
            1U);
  EXPECT_EQ(List({.caller = Backend(), .user_id = anna.ToString(), .state = State::kSent, .page_size = 0, .page_token = ""})
                ->notifications.size(),
            1U);
  EXPECT_EQ(List({.caller = Backend(), .user_id = "x", .state = std::nullopt, .page_size = 0, .page_token = ""}).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(List({.caller = Backend(), .user_id = "", .state = std::nullopt, .page_size = -1, .page_token = ""}).error().code,
            Code::kInvalidArgument);

  std::size_t seen = 0;
  std::string token;
  do {
    const auto page = List({.caller = Backend(), .user_id = "", .state = std::nullopt, .page_size = 3, .page_token = token});
    ASSERT_TRUE(page.ok());
    seen += page->notifications.size();
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_EQ(seen, 7U);
}

TEST_F(ReadTest, TheApplicationRoleSeesItsScopeOnly) {
  Activate(NewUser());
  const auto count = [&](const db::Scope& scope) {
    return app->TransactSync(scope,
                             [](db::Tx& tx) { return tx.Exec("SELECT count(*) AS n FROM notifications").front().Get<std::int64_t>("n"); });
  };
  EXPECT_EQ(count(db::Scope::Of(tenant)), 1);
  EXPECT_EQ(count(db::Scope::Of(ids.New<TenantId>())), 0);
  EXPECT_EQ(count(db::Scope::Of(tenant, ids.New<UserId>())), 0);
  EXPECT_EQ(count(db::Scope{}), 0);
}

TEST_F(ReadTest, FinishedRowsGoAfterTheirTime) {
  Activate(NewUser());
  Send();
  Activate(NewUser());
  EXPECT_EQ(async::RunSync(executor, PurgeNotifications(*deps)), 0);
  clock.Advance(std::chrono::days(401));
  EXPECT_EQ(async::RunSync(executor, PurgeNotifications(*deps)), 1) << "what still waits stays";
  Value("UPDATE idempotency_keys SET created_at = now() - interval '31 days' RETURNING 1");
  Set("company.email", "aide@shop.example");
  Value("UPDATE idempotency_keys SET created_at = now() - interval '31 days' RETURNING 1");
  EXPECT_EQ(async::RunSync(executor, PurgeIdempotencyKeys(*deps)), 1);
}

}  // namespace
}  // namespace quittance::notifications
