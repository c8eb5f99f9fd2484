// Settings against a real database: nothing clear at rest, nobody else's, nothing that comes back, and the rules of a change.
#include "common/settings/settings.h"

#include <gtest/gtest.h>

#include "common/audit/audit.h"
#include "common/crypto/hmac.h"
#include "tests/integration/settings/world.h"

namespace quittance::settings::test {
namespace {

constexpr const char* kSecret = "sk_live_51Habcdefghijklmnop";

TEST_F(SettingsTest, AtRestShowsNoClearValue) {
  Set("psp.stripe.api_key", kSecret);
  Set("psp.default", "stripe-public-name");
  const std::string rows = Text("SELECT string_agg(s::text, ' ') || ' ' || string_agg(encode(value, 'escape'), ' ') FROM settings s");
  EXPECT_EQ(rows.find("sk_live"), std::string::npos);
  EXPECT_EQ(rows.find("stripe-public-name"), std::string::npos);
  EXPECT_EQ(rows.find(crypto::Hex(std::string_view("stripe-public-name"))), std::string::npos);
  EXPECT_EQ(Text("SELECT coalesce(string_agg(a::text, ' '), '') FROM audit_log a").find("sk_live"), std::string::npos);
}

TEST_F(SettingsTest, ASecretNeverComesBack) {
  const auto reply = Put("psp.stripe.api_key", kSecret);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->bytes, "psp.stripe.api_key||mnop|\"1\"");
  const auto view = Get("psp.stripe.api_key");
  ASSERT_TRUE(view.ok());
  EXPECT_TRUE(view->is_set && view->secret);
  EXPECT_EQ(view->value, "");
  EXPECT_EQ(view->last_four, "mnop");
  EXPECT_EQ(view->key_id, "1");
  EXPECT_EQ(view->updated_by, "svc_operator");
  ASSERT_TRUE(Put("psp.hmac.api_key", "short").ok());
  EXPECT_EQ(Get("psp.hmac.api_key")->last_four, "");
  const auto listed = List("psp.");
  ASSERT_EQ(listed->size(), 2u);
  for (const View& one : *listed) EXPECT_EQ(one.value, "") << one.key;
}

TEST_F(SettingsTest, ThisProcessSeesAChangeAtOnce) {
  EXPECT_EQ(For(tenant)->Find("psp.default"), std::nullopt);
  Set("psp.default", "stripe");
  EXPECT_EQ(For(tenant)->Get("psp.default"), "stripe");
  Set("psp.default", "hmac");
  EXPECT_EQ(For(tenant)->Get("psp.default"), "hmac");
  EXPECT_EQ(For(tenant)->Get("psp.stripe.api_key"), "");
}

TEST_F(SettingsTest, TheCacheIsUsed) {
  Set("psp.default", "stripe");
  const auto first = For(tenant);
  EXPECT_EQ(For(tenant), first);
}

TEST_F(SettingsTest, UnknownKeysAndBrokenRulesNameTheField) {
  const auto field = [&](const std::string& key, const std::string& value) {
    const auto reply = Put(key, value);
    return reply.ok() ? "" : reply.error().fields.front().field;
  };
  EXPECT_EQ(field("psp.stripe.nothing", "x"), "key");
  EXPECT_EQ(field("", "x"), "key");
  EXPECT_EQ(field("psp.default", ""), "value");
  EXPECT_EQ(field("psp.default", std::string(8193, 'x')), "value");
  EXPECT_EQ(field("psp.default", std::string("a\0b", 3)), "value");
  EXPECT_EQ(field("psp.default", "\xff"), "value");
  EXPECT_EQ(field("psp.stripe.environment", "staging"), "value");
  EXPECT_EQ(Put("psp.stripe.environment", "staging").error().fields.front().rule, "must be test or live");
  EXPECT_EQ(Number("SELECT count(*) FROM settings"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM audit_log"), 0);
  EXPECT_EQ(Put("psp.default", std::string(8192, 'x')).ok(), true);
}

TEST_F(SettingsTest, EtagHoldsAgainstLostUpdates) {
  EXPECT_EQ(Put("psp.default", "stripe", "\"1\"").error().reason, Reason::kEtagMismatch);  // nothing is there
  ASSERT_TRUE(Put("psp.default", "stripe").ok());
  const std::string etag = Get("psp.default")->etag;
  ASSERT_TRUE(Put("psp.default", "hmac", etag).ok());
  const auto stale = Put("psp.default", "paypal", etag);
  ASSERT_FALSE(stale.ok());
  EXPECT_EQ(stale.error().code, Code::kAborted);
  EXPECT_EQ(stale.error().reason, Reason::kEtagMismatch);
  EXPECT_EQ(Get("psp.default")->value, "hmac");
  EXPECT_EQ(Number("SELECT count(*) FROM audit_log WHERE action = 'PutSetting'"), 2);  // in the transaction of the effect
}

TEST_F(SettingsTest, TheSameKeyGivesTheSameAnswer) {
  const auto call = NewCall();
  const auto first = Put("psp.default", "stripe", "", call);
  const auto again = Put("psp.default", "stripe", "", call);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->bytes, again->bytes);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(Get("psp.default")->version, 1);
  EXPECT_EQ(Number("SELECT count(*) FROM audit_log"), 1);
}

TEST_F(SettingsTest, AnotherTenantSeesAndChangesNothing) {
  Set("psp.default", "stripe");
  Caller stranger = caller;
  stranger.tenant = other;
  EXPECT_FALSE(async::RunSync(executor, settings::GetSetting(*settings, *app, stranger, "psp.default"))->is_set);
  EXPECT_TRUE(async::RunSync(executor, settings::ListSettings(*settings, *app, stranger, ""))->empty());
  EXPECT_EQ(For(other)->Find("psp.default"), std::nullopt);
  // The database itself says so, whatever a statement asks for.
  const auto seen = app->TransactSync(db::Scope::Of(other), [&](db::Tx& tx) {
    tx.Exec("UPDATE settings SET updated_by = 'stranger'");
    return tx.Exec("SELECT count(*) AS n FROM settings").front().Get<int>("n") +
           tx.Exec("SELECT count(*) AS n FROM tenant_keys").front().Get<int>("n") +
           tx.Exec("SELECT count(*) AS n FROM audit_log").front().Get<int>("n");
  });
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(Text("SELECT updated_by FROM settings"), "svc_operator");
}

TEST_F(SettingsTest, AValueMovedToAnotherKeyDoesNotOpen) {
  Set("psp.stripe.api_key", kSecret);
  Set("psp.default", "stripe");
  // Someone with the database, but not the keyring, makes a secret readable as a plain setting.
  system->TransactSync(db::Scope::System(), [](db::Tx& tx) {
    tx.Exec("UPDATE settings SET value = (SELECT value FROM settings WHERE key = 'psp.stripe.api_key') WHERE key = 'psp.default'");
  });
  EXPECT_THROW(Get("psp.default"), crypto::Undecryptable);
}

TEST_F(SettingsTest, ListsByPrefixInOrder) {
  for (const char* key : {"psp.stripe.environment", "psp.default", "psp.hmac.environment"}) Set(key, "test");
  const auto all = List("");
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].key, "psp.default");
  EXPECT_EQ(List("psp.hmac.")->size(), 1u);
  EXPECT_TRUE(List("psp.%")->empty());
  EXPECT_EQ(Get("nothing").error().code, Code::kNotFound);
  EXPECT_FALSE(Get("psp.stripe.api_key")->is_set);
}

TEST_F(SettingsTest, AuditPagesAreOldestFirst) {
  for (int i = 0; i < 5; ++i) Set("psp.default", "value-" + std::to_string(i));
  const auto page = [&](std::int64_t after, int limit) {
    return app->TransactSync(db::Scope::Of(tenant), [&](db::Tx& tx) { return audit::List(tx, tenant, {"psp.default", ""}, after, limit); });
  };
  const auto first = page(0, 3);
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first.front().entry.action, "PutSetting");
  EXPECT_EQ(first.front().entry.cause.actor, "svc_operator");
  EXPECT_EQ(first.front().entry.detail, "{\"version\":1}");
  EXPECT_EQ(page(first.back().id, 3).size(), 2u);
}

TEST_F(SettingsTest, AuditRowsCannotBeChangedByTheApplication) {
  Set("psp.default", "stripe");
  EXPECT_ANY_THROW(app->TransactSync(db::Scope::Of(tenant), [](db::Tx& tx) { tx.Exec("UPDATE audit_log SET actor = 'nobody'"); }));
  EXPECT_ANY_THROW(app->TransactSync(db::Scope::Of(tenant), [](db::Tx& tx) { tx.Exec("DELETE FROM audit_log"); }));
}

}  // namespace
}  // namespace quittance::settings::test
