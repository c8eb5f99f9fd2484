// Erasure of a person, and the rotation of the keys that everything personal is sealed under.
#include "services/auth/usecases/erase_user.h"

#include "common/service/rewrap.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/create_user.h"
#include "services/auth/usecases/get_user.h"
#include "services/auth/usecases/resolve_contacts.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct ErasureTest : AuthTest {
  UserCommand Command(const Caller& caller, const std::string& user) {
    return {caller, {caller.subject, ""}, Key(caller, "key-" + deps.ids.Next().Hex()), user};
  }
};

TEST_F(ErasureTest, NothingSaysWhoItWasAndTheNumberStays) {
  const UserId user = NewPerson("gone@client.example");
  const TokenPair tokens = *Login("gone@client.example");
  ASSERT_TRUE(world.Run(EraseUser(deps, Command(Operator(), user.ToString()))).ok());
  EXPECT_TRUE(world.Run(EraseUser(deps, Command(Operator(), user.ToString()))).ok()) << "twice is once";
  EXPECT_FALSE(Refresh(tokens.refresh_token).ok());
  EXPECT_FALSE(Login("gone@client.example").ok());
  const auto read = world.Run(GetUser(deps, {Operator(), user.ToString(), ""}));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->facts.status, UserStatus::kErased);
  EXPECT_EQ(read->personal.email, "");
  const auto contacts = world.Run(ResolveContacts(deps, {tenant.id.ToString(), {user.ToString()}}));
  EXPECT_EQ(contacts->at(0).facts.status, UserStatus::kErased);
  const std::string row = "user_id = '" + user.uuid.Hex() + "'";
  for (const char* table : {"user_keys", "devices", "factors", "mail_tokens", "email_tokens", "user_roles"}) {
    EXPECT_EQ(world.RawCount(std::string("SELECT count(*) FROM ") + table + " WHERE " + row), 0) << table;
  }
  EXPECT_EQ(Events("UserErased"), 1);
  EXPECT_EQ(AuditRows("EraseUser"), 1);
  NewPerson("gone@client.example");  // the address is free again
  EXPECT_NE(UserOf("gone@client.example"), user);
}

TEST_F(ErasureTest, AStoredReplyOfAnErasedPersonOpensNoMore) {
  const auto call = Key(Operator(), "reply-of-somebody");
  const CreateUserCommand create{Operator(), {"svc", ""}, call, {"reply@client.example", "", ""}, ""};
  ASSERT_TRUE(world.Run(CreateUser(deps, create)).ok());
  ASSERT_TRUE(world.Run(EraseUser(deps, Command(Operator(), UserOf("reply@client.example").ToString()))).ok());
  EXPECT_EQ(world.Run(CreateUser(deps, create)).error().reason, Reason::kUserUnknown);
}

TEST_F(ErasureTest, A28_APersonErasesOnlyThemselves) {
  const UserId victim = NewPerson("victim@client.example");
  const UserId self = NewPerson("self@client.example");
  EXPECT_EQ(world.Run(EraseUser(deps, Command(Person(self), victim.ToString()))).error().code, Code::kPermissionDenied);
  EXPECT_TRUE(world.Run(RequestErasure(deps, Command(Person(self), victim.ToString()))).ok());
  EXPECT_TRUE(Login("victim@client.example").ok());
  EXPECT_FALSE(Login("self@client.example").ok());
}

// A ledger of its own beside the world's database, as deploy/erasures.sql makes it.
struct LedgerTest : ErasureTest {
  LedgerTest() {
    const std::string url(ledger_database.admin_url().Reveal());
    EXPECT_EQ(std::system(("psql -qX -v ON_ERROR_STOP=1 '" + url + "' -f " QUITTANCE_SOURCE_DIR "/deploy/erasures.sql >/dev/null").c_str()),
              0);
    ledger_database.Admin("GRANT quittance_erasures_writer TO test_erasures_system");
  }
  // What a start of the service would do.
  int Replay() {
    return erasure::Replay(ledger, world.system, [this](db::Tx& tx, const erasure::Erased& erased) { EraseAgain(deps, tx, erased); });
  }
  std::string InLedger(UserId user) {
    return ledger_database.AdminValue("SELECT count(*) FROM erasures WHERE user_id = '" + user.uuid.Hex() + "'");
  }

  test::TestDatabase ledger_database{"erasures", false};
  erasure::Ledger ledger{ledger_database.system_url(), world.metrics};
  Deps with_ledger{world.app, world.system, world.clock, world.ids, world.passwords, world.vault, world.signer, nullptr, &ledger};
};

TEST_F(LedgerTest, AnErasureIsInTheLedgerWhenItIsAnswered) {
  const UserId user = NewPerson("recorded@client.example");
  ASSERT_TRUE(world.Run(EraseUser(with_ledger, Command(Operator(), user.ToString()))).ok());
  EXPECT_EQ(InLedger(user), "1");
  EXPECT_EQ(world.Run(RecordErasures(with_ledger)), 0) << "nothing is left for the job";
  EXPECT_EQ(Replay(), 0) << "this database has followed it";
}

TEST_F(LedgerTest, WithoutTheLedgerTheErasureStandsAndTheJobRecordsItLater) {
  const UserId user = NewPerson("later@client.example");
  erasure::Ledger gone{Secret("postgresql://nobody:none@127.0.0.1:1/none"), world.metrics};
  Deps without = with_ledger;
  without.ledger = &gone;
  ASSERT_TRUE(world.Run(EraseUser(without, Command(Operator(), user.ToString()))).ok());
  EXPECT_FALSE(Login("later@client.example").ok());
  EXPECT_EQ(InLedger(user), "0");
  EXPECT_GE(world.Run(RecordErasures(with_ledger)), 1);
  EXPECT_EQ(InLedger(user), "1");
}

TEST_F(LedgerTest, WhoCameBackWithADumpIsErasedAgainOnce) {
  const UserId back = NewPerson("back@client.example");
  NewPerson("stays@client.example");
  // The ledger knows of an erasure that this database does not: so it is after a restore. The other was made after the dump.
  const std::vector<erasure::Erased> rows = {{tenant.id, back, 9, world.clock.Now()},
                                             {tenant.id, world.ids.New<UserId>(), 3, world.clock.Now()}};
  world.Run(ledger.Record(rows));
  world.Run(ledger.Record(rows));  // twice is once
  EXPECT_EQ(Replay(), 2);
  EXPECT_EQ(Replay(), 0);
  EXPECT_FALSE(Login("back@client.example").ok());
  EXPECT_TRUE(Login("stays@client.example").ok());
  EXPECT_EQ(world.RawText("SELECT status FROM users WHERE user_id = '" + back.uuid.Hex() + "'"), "erased");
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM user_keys WHERE user_id = '" + back.uuid.Hex() + "'"), 0);
  EXPECT_EQ(world.RawText("SELECT actor FROM audit_log WHERE action = 'EraseUser' AND subject = '" + back.ToString() + "'"),
            "system:erasure_ledger");
  EXPECT_EQ(Events("UserErased"), 1) << "the other services hear of it too";
}

struct RewrapTest : ErasureTest {
  const service::WrappedKeys keys{"user_keys", "user_id", "usr"};
  // The keyring with one more key, as every process has it before the job runs.
  std::shared_ptr<const crypto::Keyring> Grown() {
    return std::make_shared<const crypto::Keyring>(
        std::map<std::uint32_t, Secret>{{1, world.keyring->Get(1)}, {2, Secret(crypto::RandomBytes(32))}});
  }
  std::int64_t OnKey(int id) {
    return world.RawCount("SELECT count(*) FROM user_keys WHERE get_byte(wrapped_key, 5) = " + std::to_string(id) + " AND tenant_id = '" +
                          tenant.id.uuid.Hex() + "'");
  }
};

TEST_F(RewrapTest, C08_EveryKeyMovesAndEveryRowStaysReadable) {
  for (int i = 0; i < 5; ++i) NewPerson("rotate" + std::to_string(i) + "@client.example");
  const auto grown = Grown();
  const Vault reader(grown, world.token_keyring);
  // As if the job had died half-way: one row is on the new key, the others on the old one; all are readable.
  const UserId first = UserOf("rotate0@client.example");
  world.system.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    const auto old = store::FindUserKey(tx, tenant.id, first);
    tx.Exec("UPDATE user_keys SET wrapped_key = $2 WHERE user_id = $1", first,
            db::Bytes{grown->Wrap(grown->Unwrap(*old, first.ToString()), first.ToString())});
  });
  for (const char* email : {"rotate0@client.example", "rotate1@client.example"}) {
    const UserId half = UserOf(email);
    const auto row = world.app.TransactSync(db::Scope::Of(tenant.id), [&](db::Tx& tx) { return store::FindUser(tx, tenant.id, half); });
    EXPECT_EQ(reader.OpenPersonal(tenant.id, half, row->personal).email, email);
  }
  EXPECT_GE(world.Run(service::RewrapKeys(world.system, *grown, keys, world.metrics)), 4);
  EXPECT_EQ(OnKey(2), 5);
  EXPECT_EQ(world.Run(service::RewrapKeys(world.system, *grown, keys, world.metrics)), 0) << "again, it finds nothing to do";
  const UserId user = UserOf("rotate3@client.example");
  const auto stored = world.app.TransactSync(db::Scope::Of(tenant.id), [&](db::Tx& tx) { return store::FindUser(tx, tenant.id, user); });
  EXPECT_EQ(reader.OpenPersonal(tenant.id, user, stored->personal).email, "rotate3@client.example");
  EXPECT_EQ(reader.EmailIndex(tenant.id, "rotate3@client.example"), stored->personal.email_index) << "indexes keep the oldest key";
  // Back, so that the other tests of this program read their rows.
  world.RawCount("WITH gone AS (DELETE FROM user_keys WHERE get_byte(wrapped_key, 5) = 2 RETURNING 1) SELECT count(*) FROM gone");
}

TEST_F(RewrapTest, C09_ARowThatChangedMeanwhileIsLeftAsItIs) {
  const UserId user = NewPerson("changed@client.example");
  const auto grown = Grown();
  // The job has read the row; then somebody is erased: the write finds other bytes, or no row, and does nothing.
  const auto stale = world.app.TransactSync(db::Scope::Of(tenant.id), [&](db::Tx& tx) { return store::FindUserKey(tx, tenant.id, user); });
  ASSERT_TRUE(world.Run(EraseUser(deps, Command(Operator(), user.ToString()))).ok());
  const std::string fresh = grown->Wrap(grown->Unwrap(*stale, user.ToString()), user.ToString());
  const int written = world.system.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    return tx
        .Exec("UPDATE user_keys SET wrapped_key = $3 WHERE user_id = $1 AND wrapped_key = $2", user, db::Bytes{*stale}, db::Bytes{fresh})
        .affected();
  });
  EXPECT_EQ(written, 0);
  world.Run(service::RewrapKeys(world.system, *world.keyring, keys, world.metrics));
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM user_keys WHERE user_id = '" + user.uuid.Hex() + "'"), 0) << "the erased stay erased";
}

TEST_F(RewrapTest, C10_AKeyThatDoesNotOpenIsCountedAndKeepsNobodyWaiting) {
  NewPerson("lost@client.example");
  NewPerson("fine@client.example");
  const std::string lost = UserOf("lost@client.example").uuid.Hex();
  world.RawText("UPDATE user_keys SET wrapped_key = overlay(wrapped_key PLACING '\\x00000009'::bytea FROM 3 FOR 4) WHERE user_id = '" +
                lost + "' RETURNING 1");
  EXPECT_EQ(world.Run(service::RewrapKeys(world.system, *world.keyring, keys, world.metrics)), 0);
  EXPECT_NE(world.metrics.Render().find("quittance_keys_unreadable{table=\"user_keys\"} 1"), std::string::npos);
  world.RawText("DELETE FROM user_keys WHERE user_id = '" + lost + "' RETURNING 1");
}

}  // namespace
}  // namespace quittance::auth
