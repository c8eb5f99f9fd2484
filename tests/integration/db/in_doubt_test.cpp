// COMMIT without an answer: stored or not, each caller gets the truth, and nothing runs twice.
#include "common/db/batcher.h"
#include "tests/integration/db/fixture.h"
#include "tests/support/tcp_proxy.h"

namespace quittance::db {
namespace {

class InDoubtTest : public DbTest {
 protected:
  InDoubtTest() : wire_("127.0.0.1", ServerPort()), db_(Options("wire", Through(wire_.port(), Database().app_url()), 1), metrics_) {}

  int Count(TenantId tenant) {
    return app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { return CountItems(tx, tenant); });
  }

  test::TcpProxy wire_;
  db::Database db_;
};

TEST_F(InDoubtTest, S01_WithoutAKeyTheOutcomeIsSaidToBeUnknown) {
  const TenantId tenant = NewTenant();
  const auto insert = [&](const std::string& name) {
    db_.TransactSync(Scope::Of(tenant), [&](Tx& tx) { InsertItem(tx, tenant, NewUuid(), name); });
  };
  insert("before");
  wire_.LoseAnswerTo("COMMIT");
  EXPECT_THROW(insert("stored"), CommitInDoubt);
  wire_.LoseRequest("COMMIT");
  EXPECT_THROW(insert("not stored"), CommitInDoubt);
  EXPECT_EQ(wire_.lost(), 2);
  insert("after");
  EXPECT_EQ(Count(tenant), 3);
}

TEST_F(InDoubtTest, I22_OnceReadsBackACommitThatWasStored) {
  const IdempotentCall call = NewCall(NewTenant());
  int runs = 0;
  wire_.LoseAnswerTo("COMMIT");
  const auto reply = Await(db_.Once(Scope::Of(call.tenant), call, [&](Tx& tx) -> Result<Reply> {
    InsertItem(tx, call.tenant, NewUuid(), "run " + std::to_string(++runs));
    return Reply{.bytes = "run " + std::to_string(runs), .secret_bytes = ""};
  }));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->bytes, "run 1");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(wire_.lost(), 1);
  EXPECT_EQ(Count(call.tenant), 1);
}

TEST_F(InDoubtTest, I22_OnceRunsAgainWhatWasNotStored) {
  const IdempotentCall call = NewCall(NewTenant());
  int runs = 0;
  wire_.LoseRequest("COMMIT");
  const auto reply = Await(db_.Once(Scope::Of(call.tenant), call, [&](Tx& tx) -> Result<Reply> {
    InsertItem(tx, call.tenant, NewUuid(), "run " + std::to_string(++runs));
    return Reply{.bytes = "run " + std::to_string(runs), .secret_bytes = ""};
  }));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->bytes, "run 2");
  EXPECT_EQ(Count(call.tenant), 1);
}

TEST_F(InDoubtTest, I22_ABackendKilledAtItsCommitStoresNothingAndTheCallIsRunAgain) {
  const IdempotentCall call = NewCall(NewTenant());
  int runs = 0;
  const auto reply = Await(db_.Once(Scope::Of(call.tenant), call, [&](Tx& tx) -> Result<Reply> {
    InsertItem(tx, call.tenant, NewUuid(), ++runs == 1 ? "die at commit" : "live");
    return Reply{.bytes = "done", .secret_bytes = ""};
  }));
  ASSERT_TRUE(reply);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Count(call.tenant), 1);
}

TEST_F(InDoubtTest, I22_OnceOpenKnowsItsOwnStoredAttempt) {
  for (const bool stored : {true, false}) {
    const IdempotentCall call = NewCall(NewTenant());
    const Uuid attempt = NewUuid();
    int runs = 0;
    stored ? wire_.LoseAnswerTo("COMMIT") : wire_.LoseRequest("COMMIT");
    const auto opened = Await(db_.OnceOpen<int>(Scope::Of(call.tenant), call, attempt, [&](Tx& tx) -> Result<int> {
      InsertItem(tx, call.tenant, NewUuid(), "run " + std::to_string(++runs));
      return runs;
    }));
    ASSERT_TRUE(opened);
    ASSERT_TRUE(opened->fresh) << "it is this call's own attempt, so this call goes on with it";
    EXPECT_EQ(*opened->fresh, stored ? 1 : 2);
    EXPECT_EQ(opened->resource, attempt);
    EXPECT_EQ(Count(call.tenant), 1);
  }
}

struct Named {
  IdempotentCall call;
  std::string name;
};

TEST_F(InDoubtTest, I22_ABatchIsReadBackByItsKeys) {
  const TenantId tenant = NewTenant();
  Batcher<Named, std::string> batcher(
      db_, [](const Named& command) { return command.call.tenant; },
      [this](Tx& tx, std::span<const Named> commands) {
        std::vector<std::string> answers;
        for (const Named& command : commands) {
          KeyState state = ClaimKey(tx, command.call, NewUuid());
          if (state.kind == KeyState::Kind::kReplay) {
            answers.push_back(state.reply->bytes + " replayed");
            continue;
          }
          InsertItem(tx, command.call.tenant, NewUuid(), command.name);
          FinishCall(tx, command.call, {.bytes = command.name, .secret_bytes = ""});
          answers.push_back(command.name);
        }
        return answers;
      });
  wire_.LoseAnswerTo("COMMIT");
  EXPECT_EQ(Await(batcher.Submit({NewCall(tenant), "a"})), "a replayed");
  wire_.LoseRequest("COMMIT");
  EXPECT_EQ(Await(batcher.Submit({NewCall(tenant), "b"})), "b");
  EXPECT_EQ(Count(tenant), 2);
}

}  // namespace
}  // namespace quittance::db
