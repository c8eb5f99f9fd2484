// The idempotency key against a real PostgreSQL: one execution, one answer, whoever asks how often.
#include <algorithm>
#include <future>
#include <thread>

#include "tests/integration/db/fixture.h"

namespace quittance::db {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class IdempotencyTest : public DbTest {
 protected:
  // An effect that leaves a row and answers with its id.
  Result<Reply> Create(const IdempotentCall& call, const std::string& name = "") {
    const Uuid id = NewUuid();
    const std::string text = name.empty() ? id.Hex() : name;
    return Await(app().Once(Scope::Of(call.tenant), call, [&](Tx& tx) -> Result<Reply> {
      InsertItem(tx, call.tenant, id, text);
      return Reply{.bytes = id.Hex(), .secret_bytes = ""};
    }));
  }
  int Count(TenantId tenant) {
    return app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { return CountItems(tx, tenant); });
  }
  std::string KeysOf(TenantId tenant) {
    return Database().AdminValue("SELECT count(*) FROM idempotency_keys WHERE tenant_id = '" + tenant.uuid.Hex() + "'");
  }
};

TEST_F(IdempotencyTest, I01_TheSameCallGetsTheSameBytesMarkedReplayed) {
  const IdempotentCall call = NewCall(NewTenant());
  const auto first = Create(call);
  const auto second = Create(call);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(second->replayed);
  EXPECT_EQ(first->bytes, second->bytes);
  EXPECT_EQ(Count(call.tenant), 1);
}

TEST_F(IdempotencyTest, I02_AnotherRequestUnderTheKeyIsRefusedAndDoesNothing) {
  IdempotentCall call = NewCall(NewTenant());
  ASSERT_TRUE(Create(call));
  call.fingerprint.fill(8);
  const auto reused = Create(call);
  ASSERT_FALSE(reused);
  EXPECT_EQ(reused.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(reused.error().reason, Reason::kIdempotencyKeyReused);
  EXPECT_EQ(Count(call.tenant), 1);
}

TEST_F(IdempotencyTest, I03_AHundredThreadsWithOneKeyExecuteOnce) {
  const IdempotentCall call = NewCall(NewTenant());
  std::mutex mutex;
  std::vector<Reply> replies;
  app();
  AtOnce(100, [&](int) {
    const auto reply = Create(call);
    const std::lock_guard lock(mutex);
    ASSERT_TRUE(reply) << reply.error().message;
    replies.push_back(*reply);
  });
  ASSERT_EQ(replies.size(), 100U);
  EXPECT_EQ(std::count_if(replies.begin(), replies.end(), [](const Reply& reply) { return !reply.replayed; }), 1);
  for (const Reply& reply : replies) EXPECT_EQ(reply.bytes, replies.front().bytes);
  EXPECT_EQ(Count(call.tenant), 1);
}

TEST_F(IdempotencyTest, I09_TheSameKeyOfTwoCallersIsTwoKeys) {
  const IdempotentCall first = NewCall(NewTenant());
  IdempotentCall second = first;
  second.principal = "svc_other";
  IdempotentCall third = first;
  third.method = "quittance.test.v1.Test.Cancel";
  IdempotentCall fourth = first;
  fourth.tenant = NewTenant();
  for (const IdempotentCall& call : {first, second, third, fourth}) {
    const auto reply = Create(call);
    ASSERT_TRUE(reply);
    EXPECT_FALSE(reply->replayed);
  }
  EXPECT_EQ(Count(first.tenant), 3);
  EXPECT_EQ(Count(fourth.tenant), 1);
}

TEST_F(IdempotencyTest, I14_ARefusalKeepsNoKeyAndTheCorrectedCallExecutes) {
  IdempotentCall call = NewCall(NewTenant());
  const auto refused =
      Await(app().Once(Scope::Of(call.tenant), call, [](Tx&) -> Result<Reply> { return InvalidField("amount", "must be positive"); }));
  ASSERT_FALSE(refused);
  EXPECT_EQ(KeysOf(call.tenant), "0");
  call.fingerprint.fill(9);
  EXPECT_FALSE(Create(call)->replayed);
}

TEST_F(IdempotencyTest, I16_AFaultKeepsNoKeyAndTheRetryExecutes) {
  const IdempotentCall call = NewCall(NewTenant());
  EXPECT_THROW(Await(app().Once(Scope::Of(call.tenant), call,
                                [&](Tx& tx) -> Result<Reply> {
                                  InsertItem(tx, call.tenant, NewUuid(), "a");
                                  throw Fault("down");
                                })),
               Fault);
  EXPECT_EQ(KeysOf(call.tenant), "0");
  EXPECT_FALSE(Create(call)->replayed);
  EXPECT_EQ(Count(call.tenant), 1);
}

// The loser's insert waits for the winner and comes back empty; the winner's row is seen by the second statement only.
TEST_F(IdempotencyTest, I24_TheLoserOfARaceSeesTheWinnersReply) {
  const IdempotentCall call = NewCall(NewTenant());
  std::promise<void> claimed;
  std::jthread winner([&] {
    app().TransactSync(Scope::Of(call.tenant), [&](Tx& tx) {
      EXPECT_EQ(ClaimKey(tx, call, Uuid{}).kind, KeyState::Kind::kClaimed);
      claimed.set_value();
      std::this_thread::sleep_for(milliseconds(150));
      FinishCall(tx, call, {.bytes = "won", .secret_bytes = ""});
    });
  });
  claimed.get_future().wait();
  const KeyState lost = app().TransactSync(Scope::Of(call.tenant), [&](Tx& tx) { return ClaimKey(tx, call, NewUuid()); });
  EXPECT_EQ(lost.kind, KeyState::Kind::kReplay);
  EXPECT_EQ(lost.reply->bytes, "won");
}

TEST_F(IdempotencyTest, I24_TheLoserOfARaceThatWasRolledBackClaims) {
  const IdempotentCall call = NewCall(NewTenant());
  std::promise<void> claimed;
  std::jthread winner([&] {
    (void)app().TransactSync(Scope::Of(call.tenant), [&](Tx& tx) -> Result<int> {
      ClaimKey(tx, call, Uuid{});
      claimed.set_value();
      std::this_thread::sleep_for(milliseconds(100));
      return PermissionDenied();
    });
  });
  claimed.get_future().wait();
  const KeyState state = app().TransactSync(Scope::Of(call.tenant), [&](Tx& tx) { return ClaimKey(tx, call, NewUuid()); });
  EXPECT_EQ(state.kind, KeyState::Kind::kClaimed);
}

TEST_F(IdempotencyTest, AKeyThatIsHeldTooLongIsInProgress) {
  const IdempotentCall call = NewCall(NewTenant());
  DatabaseOptions options = Options("hasty", Database().app_url(), 1);
  options.lock_timeout = milliseconds(100);
  db::Database hasty(options, metrics_);
  app().TransactSync(Scope::Of(call.tenant), [&](Tx& tx) {
    ClaimKey(tx, call, Uuid{});
    const auto reply = Await(hasty.Once(Scope::Of(call.tenant), call, [](Tx&) -> Result<Reply> { return Reply{}; }));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Code::kAborted);
    EXPECT_TRUE(reply.error().retry_after);
  });
}

TEST_F(IdempotencyTest, ABatchClaimsEachKeyOnceAndSortsTheRest) {
  const TenantId tenant = NewTenant();
  const IdempotentCall done = NewCall(tenant);
  ASSERT_TRUE(Create(done));
  const IdempotentCall fresh = NewCall(tenant);
  IdempotentCall other_request = fresh;
  other_request.fingerprint.fill(1);
  IdempotentCall done_reused = done;
  done_reused.fingerprint.fill(1);
  const std::vector<IdempotentCall> calls = {fresh, done, fresh, other_request, done_reused, done};
  std::vector<Uuid> resources;
  for (std::size_t i = 0; i < calls.size(); ++i) resources.push_back(NewUuid());

  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) {
    using Kind = KeyState::Kind;
    const auto states = ClaimKeys(tx, calls, resources);
    const std::vector<Kind> expected = {Kind::kClaimed, Kind::kReplay, Kind::kRunning, Kind::kReused, Kind::kReused, Kind::kReplay};
    for (std::size_t i = 0; i < calls.size(); ++i) EXPECT_EQ(states[i].kind, expected[i]) << i;
    EXPECT_EQ(states[2].resource, resources[0]);
    EXPECT_EQ(states[1].reply->bytes, states[5].reply->bytes);

    ReleaseKeys(tx, std::span(&calls[0], 1), std::span(&resources[0], 1));
    EXPECT_FALSE(FindKey(tx, fresh));
    ReleaseKeys(tx, std::span(&calls[1], 1), std::span(&resources[1], 1));
    EXPECT_TRUE(FindKey(tx, done)->reply) << "another's claim stays";
  });
}

TEST_F(IdempotencyTest, AReplyThatIsKnownBeforehandIsStoredWithTheClaimAndGivenBackWithIt) {
  const TenantId tenant = NewTenant();
  const std::vector<IdempotentCall> calls = {NewCall(tenant), NewCall(tenant), NewCall(tenant)};
  const std::vector<Uuid> resources = {NewUuid(), NewUuid(), NewUuid()};
  const std::vector<std::optional<Reply>> replies = {Reply{.bytes = "first", .secret_bytes = ""}, std::nullopt,
                                                     Reply{.bytes = "third", .secret_bytes = ""}};
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) {
    for (const auto& state : ClaimKeys(tx, calls, resources, replies)) EXPECT_EQ(state.kind, KeyState::Kind::kClaimed);
    ReleaseKeys(tx, std::span(&calls[2], 1), std::span(&resources[2], 1));
  });
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) {
    const std::vector<std::optional<Reply>> late(3, Reply{.bytes = "late", .secret_bytes = ""});
    const auto states = ClaimKeys(tx, calls, std::vector<Uuid>{NewUuid(), NewUuid(), NewUuid()}, late);
    EXPECT_EQ(states[0].kind, KeyState::Kind::kReplay);
    EXPECT_EQ(states[0].reply->bytes, "first");
    EXPECT_EQ(states[1].kind, KeyState::Kind::kRunning);
    EXPECT_EQ(states[2].kind, KeyState::Kind::kClaimed);
  });
}

TEST_F(IdempotencyTest, ABatchOfNothingIsNothing) {
  app().TransactSync(Scope{}, [](Tx& tx) {
    EXPECT_TRUE(ClaimKeys(tx, {}, {}).empty());
    ReleaseKeys(tx, {}, {});
  });
}

// The keys of one batch are the other's, backwards: both sort, so one waits and neither is a deadlock's victim.
TEST_F(IdempotencyTest, S17_TwoBatchesWithTheSameKeysInOppositeOrderDoNotDeadlock) {
  const TenantId tenant = NewTenant();
  const std::string retries = "quittance_db_pool_retries_total{pool=\"app\"} ";
  for (int round = 0; round < 20; ++round) {
    std::vector<IdempotentCall> calls;
    std::vector<Uuid> resources;
    for (int i = 0; i < 40; ++i) {
      calls.push_back(NewCall(tenant));
      resources.push_back(NewUuid());
    }
    std::atomic<int> claimed{0};
    AtOnce(4, [&](int thread) {
      std::vector<IdempotentCall> mine = calls;
      std::vector<Uuid> ids = resources;
      if (thread % 2 == 1) std::reverse(mine.begin(), mine.end());
      for (Uuid& id : ids) id.bytes[0] = static_cast<std::uint8_t>(thread);
      const auto states = app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { return ClaimKeys(tx, mine, ids); });
      claimed += static_cast<int>(
          std::count_if(states.begin(), states.end(), [](const KeyState& s) { return s.kind == KeyState::Kind::kClaimed; }));
    });
    EXPECT_EQ(claimed, 40);
  }
  const std::string text = metrics_.Render();
  const std::size_t at = text.find(retries);
  ASSERT_NE(at, std::string::npos) << text.substr(0, 400);
  EXPECT_EQ(text.substr(at + retries.size(), 1), "0") << "no deadlock had to be retried";
}

TEST_F(IdempotencyTest, AnEffectWithANetworkCallIsOpenedOnceAndFinishedLater) {
  const IdempotentCall call = NewCall(NewTenant());
  const Scope scope = Scope::Of(call.tenant);
  const Uuid attempt = NewUuid();
  const auto open = [&](Uuid resource) {
    return Await(app().OnceOpen<std::string>(scope, call, resource, [](Tx&) -> Result<std::string> { return std::string("attempt"); }));
  };
  const auto first = open(attempt);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->fresh, "attempt");
  EXPECT_EQ(first->resource, attempt);

  const auto second = open(NewUuid());
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->fresh);
  EXPECT_FALSE(second->reply);
  EXPECT_EQ(second->resource, attempt) << "the one that runs is named";

  app().TransactSync(scope, [&](Tx& tx) {
    FinishKey(tx, call.tenant, attempt, {.bytes = "answer", .secret_bytes = ""});
    FinishKey(tx, call.tenant, attempt, {.bytes = "another", .secret_bytes = ""});
  });
  const auto third = open(NewUuid());
  ASSERT_TRUE(third && third->reply);
  EXPECT_EQ(third->reply->bytes, "answer") << "a reply that is there stays";
  EXPECT_TRUE(third->reply->replayed);
}

TEST_F(IdempotencyTest, AwaitReplyGetsTheAnswerOfTheOneThatRuns) {
  const IdempotentCall call = NewCall(NewTenant());
  const Uuid attempt = NewUuid();
  app().TransactSync(Scope::Of(call.tenant), [&](Tx& tx) { ClaimKey(tx, call, attempt); });
  std::jthread worker([&] {
    std::this_thread::sleep_for(milliseconds(150));
    app().TransactSync(Scope::Of(call.tenant),
                       [&](Tx& tx) { FinishKey(tx, call.tenant, attempt, {.bytes = "answer", .secret_bytes = ""}); });
  });
  const auto reply = Await(app().AwaitReply(Scope::Of(call.tenant), call));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->bytes, "answer");
}

TEST_F(IdempotencyTest, AwaitReplyEndsShortlyBeforeTheDeadlineWithARetryHint) {
  IdempotentCall call = NewCall(NewTenant());
  const Uuid attempt = NewUuid();
  app().TransactSync(Scope::Of(call.tenant), [&](Tx& tx) { ClaimKey(tx, call, attempt); });
  call.deadline = steady_clock::now() + milliseconds(1500);
  auto reply = Await(app().AwaitReply(Scope::Of(call.tenant), call));
  EXPECT_GT(steady_clock::now(), call.deadline - milliseconds(450));
  // A machine that sleeps over the moment may do so once or twice.
  for (int i = 0; i < 5 && steady_clock::now() >= call.deadline; ++i) {
    call.deadline = steady_clock::now() + milliseconds(1500);
    reply = Await(app().AwaitReply(Scope::Of(call.tenant), call));
  }
  EXPECT_LT(steady_clock::now(), call.deadline);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kRequestInProgress);
  EXPECT_EQ(reply.error().metadata.at("resource_id"), attempt.Hex());
  EXPECT_TRUE(reply.error().retry_after);
}

TEST_F(IdempotencyTest, ASecretReplyIsSealedAndReplaysForTenMinutes) {
  SetReplySealer({.seal = [](TenantId, std::string_view plain) { return "sealed:" + std::string(plain.rbegin(), plain.rend()); },
                  .open = [](TenantId, std::string_view sealed) { return std::string(sealed.rbegin(), sealed.rend() - 7); }});
  const IdempotentCall call = NewCall(NewTenant());
  const auto create = [&] {
    return Await(app().Once(Scope::Of(call.tenant), call,
                            [](Tx&) -> Result<Reply> { return Reply{.bytes = "public", .secret_bytes = "password"}; }));
  };
  EXPECT_EQ(create()->secret_bytes, "password");
  const auto replay = create();
  EXPECT_TRUE(replay->replayed);
  EXPECT_EQ(replay->secret_bytes, "password");
  const std::string where = " FROM idempotency_keys WHERE key = '" + call.key + "'";
  EXPECT_EQ(Database().AdminValue("SELECT convert_from(secret_reply, 'UTF8')" + where), "sealed:drowssap");
  EXPECT_EQ(Database().AdminValue("SELECT extract(epoch FROM secret_until - created_at)::int" + where), "600");

  Database().Admin("UPDATE idempotency_keys SET secret_until = now() WHERE key = '" + call.key + "'");
  const auto later = create();
  EXPECT_EQ(later->secret_bytes, "");
  EXPECT_EQ(later->bytes, "public");
}

TEST_F(IdempotencyTest, I19_AReplyThatIsTooLongIsNotStored) {
  const IdempotentCall call = NewCall(NewTenant());
  EXPECT_THROW(
      Await(app().Once(Scope::Of(call.tenant), call,
                       [](Tx&) -> Result<Reply> { return Reply{.bytes = std::string(kReplyBytesMax + 1, 'x'), .secret_bytes = ""}; })),
      std::length_error);
  EXPECT_EQ(KeysOf(call.tenant), "0");
}

}  // namespace
}  // namespace quittance::db
