// Rows outside the scope do not exist: not to read, not to change, not to write, and without a scope there are none at all.
#include "tests/integration/db/fixture.h"

namespace quittance::db {
namespace {

using ScopeTest = DbTest;

TEST_F(ScopeTest, RowsOfAnotherTenantDoNotExist) {
  const TenantId mine = NewTenant();
  const TenantId theirs = NewTenant();
  const Uuid id = NewUuid();
  app().TransactSync(Scope::Of(theirs), [&](Tx& tx) { InsertItem(tx, theirs, id, "theirs"); });

  app().TransactSync(Scope::Of(mine), [&](Tx& tx) {
    EXPECT_EQ(CountItems(tx, theirs), 0);
    EXPECT_EQ(tx.Exec("UPDATE items SET name = 'mine' WHERE id = $1", id).affected(), 0);
    EXPECT_EQ(tx.Exec("DELETE FROM items WHERE id = $1", id).affected(), 0);
    EXPECT_TRUE(tx.Exec("SELECT 1 FROM items WHERE id = $1 FOR UPDATE", id).empty());
  });
  EXPECT_THROW(app().TransactSync(Scope::Of(mine), [&](Tx& tx) { InsertItem(tx, theirs, NewUuid(), "smuggled"); }), SqlError);
  EXPECT_EQ(app().TransactSync(Scope::Of(theirs), [&](Tx& tx) { return CountItems(tx, theirs); }), 1);
}

TEST_F(ScopeTest, WithoutAScopeThereIsNothing) {
  const TenantId tenant = NewTenant();
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { InsertItem(tx, tenant, NewUuid(), "a"); });
  app().TransactSync(Scope{}, [&](Tx& tx) { EXPECT_TRUE(tx.Exec("SELECT 1 FROM items").empty()); });
  EXPECT_THROW(app().TransactSync(Scope{}, [&](Tx& tx) { InsertItem(tx, tenant, NewUuid(), "b"); }), SqlError);
}

TEST_F(ScopeTest, TheScopeEndsWithItsTransaction) {
  const TenantId tenant = NewTenant();
  Database().Admin("SELECT 1");
  db::Database one(Options("one", Database().app_url(), 1), metrics_);
  one.TransactSync(Scope::Of(tenant), [&](Tx& tx) { InsertItem(tx, tenant, NewUuid(), "a"); });
  one.TransactSync(Scope{}, [&](Tx& tx) { EXPECT_EQ(CountItems(tx, tenant), 0); });
}

TEST_F(ScopeTest, ABatchSeesExactlyItsTenants) {
  const TenantId a = NewTenant();
  const TenantId b = NewTenant();
  const TenantId c = NewTenant();
  for (const TenantId tenant : {a, b, c}) app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { InsertItem(tx, tenant, NewUuid(), "x"); });
  app().TransactSync(Scope{{a, b}, std::nullopt}, [&](Tx& tx) { EXPECT_EQ(tx.Exec("SELECT 1 FROM items").size(), 2); });
}

TEST_F(ScopeTest, AUserSeesOnlyItsOwnRows) {
  const TenantId tenant = NewTenant();
  const UserId me = NewUser();
  const UserId you = NewUser();
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) {
    InsertItem(tx, tenant, NewUuid(), "mine", me);
    InsertItem(tx, tenant, NewUuid(), "yours", you);
    EXPECT_EQ(CountItems(tx, tenant), 2);
  });
  app().TransactSync(Scope::Of(tenant, me), [&](Tx& tx) {
    const Rows rows = tx.Exec("SELECT name FROM items");
    ASSERT_EQ(rows.size(), 1);
    EXPECT_EQ(rows.front().Text("name"), "mine");
  });
  EXPECT_THROW(app().TransactSync(Scope::Of(tenant, me), [&](Tx& tx) { InsertItem(tx, tenant, NewUuid(), "forged", you); }), SqlError);
}

TEST_F(ScopeTest, TheSystemRoleSeesAllTenants) {
  const TenantId tenant = NewTenant();
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { InsertItem(tx, tenant, NewUuid(), "a"); });
  system().TransactSync(Scope::System(), [&](Tx& tx) { EXPECT_EQ(CountItems(tx, tenant), 1); });
}

TEST_F(ScopeTest, EvenTheOwnerIsForced) {
  const TenantId tenant = NewTenant();
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { InsertItem(tx, tenant, NewUuid(), "a"); });
  db::Database owner(Options("owner", Database().owner_url(), 1), metrics_);
  owner.TransactSync(Scope::Of(tenant), [&](Tx& tx) { EXPECT_EQ(CountItems(tx, tenant), 0) << "no policy names the owner"; });
}

TEST_F(ScopeTest, ARoleThatSeesPastRowLevelSecurityIsRefused) {
  DatabaseOptions options = Options("admin", Database().admin_url(), 1);
  options.queue_wait_max = std::chrono::milliseconds(300);
  db::Database admin(options, metrics_);
  EXPECT_THROW(admin.TransactSync(Scope::System(), [](Tx& tx) { tx.Exec("SELECT 1"); }), Fault);
}

}  // namespace
}  // namespace quittance::db
