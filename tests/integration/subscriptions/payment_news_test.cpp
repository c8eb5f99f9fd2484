// Billing's events on a real database: duplicated, shuffled, lost, at once; one period per payment, and the state decides.
#include <algorithm>
#include <thread>

#include "common/rpc/proto_time.h"
#include "tests/integration/subscriptions/fixture.h"

namespace quittance::subscriptions {
namespace {

using namespace billing::v1;
using namespace std::chrono_literals;
using Status = SubscriptionStatus;

struct PaymentNewsTest : SubscriptionsTest {
  void SetUp() override {
    SubscriptionsTest::SetUp();
    weekly = NewPlan("signaux-weekly", kWeek);
    monthly = NewPlan("signaux-monthly", kMonth);
    user = NewUser();
  }
  std::int64_t Periods() { return world.RawCount("SELECT count(*) FROM subscription_periods"); }

  std::optional<Plan> weekly, monthly;
  UserId user;
};

TEST_F(PaymentNewsTest, M12_SuccessOpensExactlyItsSeconds) {
  const TimePoint paid = world.clock.Now();
  const auto payment = Succeeded(user, "signaux-weekly");
  world.clock.Advance(90s);  // the event comes late: the time counts from the payment
  Deliver<PaymentSucceeded>(payment);
  const auto subscription = SubscriptionOf(user);
  EXPECT_EQ(subscription.status, Status::kActive);
  EXPECT_EQ(subscription.current_period_start, paid);
  EXPECT_EQ(subscription.current_period_end - paid, std::chrono::seconds(kWeek));
  EXPECT_EQ(Events("SubscriptionActivated"), 1);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM audit_log WHERE action = 'ApplyPaymentNews'"), 1);
}

TEST_F(PaymentNewsTest, M12_TheSameEventManyTimesIsOnePeriod) {
  const auto payment = Succeeded(user, "signaux-weekly");
  for (int i = 0; i < 3; ++i) Deliver<PaymentSucceeded>(payment);
  EXPECT_EQ(Periods(), 1);
  EXPECT_EQ(SubscriptionOf(user).version, 1);
  EXPECT_EQ(Events("SubscriptionActivated"), 1);
}

TEST_F(PaymentNewsTest, M12_TheSameEventAtOnceIsOnePeriod) {
  const auto payment = Succeeded(user, "signaux-weekly");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { Deliver<PaymentSucceeded>(payment); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Periods(), 1);
  EXPECT_EQ(Events("SubscriptionActivated"), 1);
}

TEST_F(PaymentNewsTest, M12_TwoFirstPaymentsAtOnceShareOneSubscription) {
  const auto one = Succeeded(user, "signaux-weekly");
  const auto other = Succeeded(user, "signaux-monthly");
  std::thread first([&] { Deliver<PaymentSucceeded>(one); });
  std::thread second([&] { Deliver<PaymentSucceeded>(other); });
  first.join();
  second.join();
  EXPECT_EQ(SubscriptionOf(user).current_period_end - world.clock.Now(), std::chrono::seconds(kWeek + kMonth));
  EXPECT_EQ(Events("SubscriptionActivated"), 1);
  EXPECT_EQ(Events("SubscriptionRenewed"), 1);
}

TEST_F(PaymentNewsTest, M13_AnOlderVersionAfterANewerOneIsIgnored) {
  auto payment = Succeeded(user, "signaux-weekly");
  const auto succeeded = payment;
  Deliver<PaymentSucceeded>(payment);
  world.clock.Advance(24h);
  Become(payment, PaymentIntent::REFUNDED, "full_refund");
  Deliver<PaymentSucceeded>(succeeded);  // a zombie
  EXPECT_EQ(SubscriptionOf(user).status, Status::kCanceled);
}

TEST_F(PaymentNewsTest, M13_RefundedBeforeItWasSeenOpensNothing) {
  auto payment = Succeeded(user, "signaux-weekly");
  const auto succeeded = payment;
  Become(payment, PaymentIntent::REFUNDED, "full_refund");
  Deliver<PaymentSucceeded>(succeeded);
  EXPECT_EQ(Periods(), 0);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM subscriptions"), 0);
}

TEST_F(PaymentNewsTest, K24_TheStateCountsWhateverTheEventIsCalled) {
  auto payment = Succeeded(user, "signaux-weekly");  // PaymentSucceeded lies in the dead letters
  payment.set_version(5);
  payment.set_detail("partially_refunded");
  Deliver<RefundSucceeded>(payment);
  EXPECT_EQ(SubscriptionOf(user).status, Status::kActive);
  payment.set_version(4);
  Deliver<PaymentSucceeded>(payment);  // replayed
  EXPECT_EQ(Periods(), 1);
  EXPECT_EQ(SubscriptionOf(user).version, 1);
}

TEST_F(PaymentNewsTest, M12_OrderOfArrivalDoesNotChangeTheEnd) {
  const TimePoint start = world.clock.Now();
  const auto first = Succeeded(user, "signaux-weekly");
  world.clock.Advance(1h);
  const auto second = Succeeded(user, "signaux-monthly");
  world.clock.Advance(1h);
  Deliver<PaymentSucceeded>(second);
  Deliver<PaymentSucceeded>(first);
  EXPECT_EQ(SubscriptionOf(user).current_period_end, start + std::chrono::seconds(kWeek + kMonth));
  EXPECT_EQ(
      world.RawCount("SELECT count(*) FROM subscription_periods WHERE starts_at = (SELECT min(succeeded_at) FROM subscription_periods) AND "
                     "plan_code = 'signaux-weekly'"),
      1);
}

TEST_F(PaymentNewsTest, RenewalBeforeTheEndStartsThere) {
  Pay(user, "signaux-weekly");
  const TimePoint old_end = SubscriptionOf(user).current_period_end;
  world.clock.Advance(std::chrono::seconds(kWeek) - 48h);
  Pay(user, "signaux-monthly");
  const auto renewed = SubscriptionOf(user);
  EXPECT_EQ(renewed.current_period_end, old_end + std::chrono::seconds(kMonth));
  EXPECT_EQ(renewed.plan_code, "signaux-monthly");
  world.clock.Advance(49h);
  EXPECT_EQ(SubscriptionOf(user).current_period_start, old_end);  // the running period's, without an event
}

TEST_F(PaymentNewsTest, DisputeFreezesAndWinningGivesTheRestBack) {
  auto payment = Pay(user, "signaux-weekly");
  world.clock.Advance(24h);
  Become(payment, PaymentIntent::SUCCEEDED, "disputed");
  EXPECT_EQ(SubscriptionOf(user).status, Status::kSuspended);
  world.clock.Advance(240h);
  EXPECT_EQ(SubscriptionOf(user).SecondsRemaining(world.clock.Now()), kWeek - 86'400);
  Become(payment, PaymentIntent::SUCCEEDED, "settled");
  EXPECT_EQ(SubscriptionOf(user).status, Status::kActive);
  EXPECT_EQ(SubscriptionOf(user).current_period_end, world.clock.Now() + std::chrono::seconds(kWeek - 86'400));
  EXPECT_EQ(Events("SubscriptionSuspended"), 1);
  EXPECT_EQ(Events("SubscriptionReinstated"), 1);
}

TEST_F(PaymentNewsTest, EveryWayOfLosingTheMoneyRevokes) {
  const std::pair<PaymentIntent::Status, std::string> ways[] = {{PaymentIntent::REFUNDED, "full_refund"},
                                                                {PaymentIntent::REFUNDED, "dispute_lost"},
                                                                {PaymentIntent::FAILED, "capture_failed"},
                                                                {PaymentIntent::PENDING, "conflicted"}};
  for (const auto& [status, detail] : ways) {
    const UserId somebody = NewUser();
    auto payment = Pay(somebody, "signaux-weekly");
    Become(payment, status, detail);
    EXPECT_EQ(SubscriptionOf(somebody).status, Status::kCanceled) << detail;
  }
}

TEST_F(PaymentNewsTest, APartialRefundKeeps) {
  auto payment = Pay(user, "signaux-weekly");
  Refund(payment, 995);
  EXPECT_EQ(SubscriptionOf(user).status, Status::kActive);
  EXPECT_EQ(SubscriptionOf(user).version, 1);
}

TEST_F(PaymentNewsTest, APartialRefundShortensWhereTheTenantWantsSo) {
  Put("policy.partial_refund", "shorten");
  auto payment = Pay(user, "signaux-weekly");
  const TimePoint end = SubscriptionOf(user).current_period_end;
  world.clock.Advance(24h);
  Refund(payment, 995);  // a half
  EXPECT_EQ(SubscriptionOf(user).current_period_end, end - std::chrono::seconds(kWeek / 2));
  EXPECT_EQ(Events("SubscriptionUpdated"), 1);
  Become(payment, PaymentIntent::SUCCEEDED, "partially_refunded");  // other news, the same money
  EXPECT_EQ(SubscriptionOf(user).version, 2);
  Refund(payment, 0);  // the refund failed after all
  EXPECT_EQ(SubscriptionOf(user).current_period_end, end);
  EXPECT_EQ(SubscriptionOf(user).status, Status::kActive);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM subscription_period_returns"), 2);
}

TEST_F(PaymentNewsTest, APartialRefundOfTimeThatIsUsedEndsItNowAndTakesNoneOfTheNextPeriod) {
  Put("policy.partial_refund", "shorten");
  auto first = Pay(user, "signaux-weekly");
  Pay(user, "signaux-weekly");
  world.clock.Advance(144h);  // six days of seven
  Refund(first, 995);
  EXPECT_EQ(SubscriptionOf(user).current_period_end, world.clock.Now() + std::chrono::seconds(kWeek));
  EXPECT_EQ(SubscriptionOf(user).status, Status::kActive);
}

TEST_F(PaymentNewsTest, WithNoTimeLeftAfterAPartialRefundTheSubscriptionIsOver) {
  Put("policy.partial_refund", "shorten");
  auto payment = Pay(user, "signaux-weekly");
  world.clock.Advance(144h);
  Refund(payment, 995);
  EXPECT_EQ(SubscriptionOf(user).status, Status::kCanceled);
  EXPECT_EQ(Events("SubscriptionCanceled"), 1);
}

TEST_F(PaymentNewsTest, AChangedPolicyDoesNotJudgeOldMoneyAgain) {
  auto payment = Pay(user, "signaux-weekly");
  const TimePoint end = SubscriptionOf(user).current_period_end;
  Refund(payment, 995);  // kept
  Put("policy.partial_refund", "shorten");
  Become(payment, PaymentIntent::SUCCEEDED, "partially_refunded");
  EXPECT_EQ(SubscriptionOf(user).current_period_end, end);
}

TEST_F(PaymentNewsTest, ADisputeDoesNotSuspendWhereTheTenantWantsSo) {
  Put("policy.dispute", "keep");
  auto payment = Pay(user, "signaux-weekly");
  Become(payment, PaymentIntent::SUCCEEDED, "disputed");
  EXPECT_EQ(SubscriptionOf(user).status, Status::kActive);
  EXPECT_EQ(Events("SubscriptionSuspended"), 0);
  Become(payment, PaymentIntent::REFUNDED, "dispute_lost");
  EXPECT_EQ(SubscriptionOf(user).status, Status::kCanceled);
}

TEST_F(PaymentNewsTest, RefundOfOneOfTwoMovesTheOtherUp) {
  auto first = Pay(user, "signaux-weekly");
  world.clock.Advance(1h);
  Pay(user, "signaux-weekly");
  world.clock.Advance(23h);
  Become(first, PaymentIntent::REFUNDED, "full_refund");
  EXPECT_EQ(SubscriptionOf(user).current_period_end, world.clock.Now() + std::chrono::seconds(kWeek));
  EXPECT_EQ(Events("SubscriptionUpdated"), 1);
}

TEST_F(PaymentNewsTest, OtherPurposesAndPendingPaymentsOpenNothing) {
  auto content = Succeeded(user, "x");
  content.set_content_id("con_1");
  Deliver<PaymentSucceeded>(content);
  Deliver<PaymentCreated>(Payment(user, "signaux-weekly"));
  EXPECT_EQ(Periods(), 0);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM memberships"), 0);
}

TEST_F(PaymentNewsTest, AnUnknownPlanAndBrokenIdsEndInTheDeadLetters) {
  EXPECT_THROW(Deliver<PaymentSucceeded>(Succeeded(user, "no-such-plan")), std::runtime_error);
  auto broken = Succeeded(user, "signaux-weekly");
  broken.set_user_id("somebody");
  EXPECT_THROW(Deliver<PaymentSucceeded>(broken), std::runtime_error);
}

// What a set comes to: the history of several people, whose news stand between each other's.
struct SetsTest : PaymentNewsTest {
  // Of each person two payments, of which the first is disputed, partly refunded and won, and the second goes back; and one open for ever.
  std::vector<quittance::events::Event> History(const std::vector<UserId>& people) {
    std::vector<quittance::events::Event> all;
    std::vector<PaymentIntent> first, second;
    for (const auto person : people) {
      auto open = Payment(person, "signaux-weekly", 1);
      all.push_back(EventOf<PaymentCreated>(open));
      first.push_back(Succeeded(person, "signaux-weekly"));
      all.push_back(EventOf<PaymentSucceeded>(first.back()));
    }
    const auto next = [&](std::vector<PaymentIntent>& payments, PaymentIntent::Status status, const std::string& detail) {
      world.clock.Advance(1h);
      for (auto& payment : payments) {
        payment.set_status(status);
        payment.set_detail(detail);
        payment.set_version(payment.version() + 1);
        rpc::SetTime(payment.mutable_update_time(), world.clock.Now());
        all.push_back(EventOf<PaymentUpdated>(payment));
      }
    };
    next(first, PaymentIntent::SUCCEEDED, "disputed");
    for (const auto person : people) {
      second.push_back(Succeeded(person, "signaux-monthly"));
      all.push_back(EventOf<PaymentSucceeded>(second.back()));
    }
    next(first, PaymentIntent::SUCCEEDED, "settled");
    for (auto& payment : first) payment.mutable_amount_refunded()->set_amount_minor(995);
    next(first, PaymentIntent::SUCCEEDED, "partially_refunded");
    next(second, PaymentIntent::REFUNDED, "full_refund");
    return all;
  }
  // Everything that is stored of a person but ids.
  std::string StateOf(UserId person) {
    const std::string mine = " WHERE user_id = '" + person.uuid.Hex() + "'";
    return world.RawText(
        "SELECT (SELECT string_agg(concat_ws('|', plan_code, status, current_period_start, current_period_end, suspended_at, reminder_at, "
        "version), ';') FROM subscriptions" +
        mine +
        ") || (SELECT string_agg(concat_ws('|', plan_code, succeeded_at, starts_at, ends_at, (SELECT string_agg(concat_ws('/', ordinal, "
        "kind, from_time, until_time), ',' ORDER BY ordinal) FROM subscription_period_stops s WHERE s.payment_id = p.payment_id), (SELECT "
        "string_agg(concat_ws('/', ordinal, from_time, returned_minor, cut_seconds), ',' ORDER BY ordinal) FROM "
        "subscription_period_returns r WHERE r.payment_id = p.payment_id)), ';' ORDER BY succeeded_at) FROM subscription_periods p" +
        mine + ") || (SELECT string_agg(concat_ws('|', channel, state), ';') FROM memberships" + mine + ")");
  }
  std::string EventsOf(UserId person) {
    return world.RawText(
        "SELECT string_agg(o.type || o.sequence, ',' ORDER BY o.id) FROM outbox o JOIN subscriptions s ON o.key = 'sub_' || "
        "replace(s.id::text, '-', '') WHERE s.user_id = '" +
        person.uuid.Hex() + "'");
  }
};

TEST_F(SetsTest, M12_M13_ASetIsAsOneByOne) {
  Put("policy.partial_refund", "shorten");
  const UserId alone = NewUser();
  const std::vector<UserId> together = {NewUser(), NewUser(), NewUser()};
  std::vector<quittance::events::Event> set;
  for (const auto& event : History({together[0], together[1], alone, together[2]})) {
    if (api::Read<PaymentCreated>(event).payment_intent().user_id() == alone.ToString())
      DeliverSet({event});
    else
      set.push_back(event);
  }
  DeliverSet(set);
  const std::string state = StateOf(alone), told = EventsOf(alone);
  EXPECT_NE(state.find("held"), std::string::npos) << state;
  EXPECT_NE(state.find("revoked"), std::string::npos) << state;
  EXPECT_NE(told.find("SubscriptionRenewed"), std::string::npos) << told;
  for (const auto person : together) EXPECT_EQ(StateOf(person), state);
  for (const auto person : together) EXPECT_EQ(EventsOf(person), told);
  DeliverSet(set);  // and again
  for (const auto person : together) EXPECT_EQ(EventsOf(person), told);
}

TEST_F(SetsTest, M12_SetsThatLockTheSamePeopleInAnyOrderDoNotStandInEachOthersWay) {
  std::vector<UserId> people;
  for (int i = 0; i < 20; ++i) people.push_back(NewUser());
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    std::vector<quittance::events::Event> set;
    std::vector<UserId> mine = people;
    if (thread % 2 == 1) std::reverse(mine.begin(), mine.end());
    for (const auto person : mine) set.push_back(EventOf<PaymentSucceeded>(Succeeded(person, "signaux-weekly")));
    threads.emplace_back([this, set] { DeliverSet(set); });
  }
  for (auto& thread : threads) thread.join();
  for (const auto person : people) {
    EXPECT_EQ(SubscriptionOf(person).current_period_end - world.clock.Now(), std::chrono::seconds(4 * kWeek));
    EXPECT_EQ(SubscriptionOf(person).version, 4);
  }
}

TEST_F(SetsTest, K22_OneBadPlanInASetFailsItWhole) {
  EXPECT_THROW(DeliverSet({EventOf<PaymentSucceeded>(Succeeded(user, "signaux-weekly")),
                           EventOf<PaymentSucceeded>(Succeeded(NewUser(), "nobody-sells-this"))}),
               std::runtime_error);
  EXPECT_EQ(Periods(), 0);  // the consumer goes one by one now
}

}  // namespace
}  // namespace quittance::subscriptions
