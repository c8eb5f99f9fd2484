// Reads: own rows for users, the tenant's for its backend, nobody else's.
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

class Reads : public BillingTest {
 protected:
  Caller UserCaller(UserId id) {
    Caller caller;
    caller.kind = Caller::Kind::kUser;
    caller.tenant = tenant;
    caller.user = id;
    caller.subject = id.ToString();
    return caller;
  }
};

TEST_F(Reads, A28_SomebodyElsesPaymentIsLikeNone) {
  const auto intent = Created("key-0001");
  const auto id = *PaymentId::Parse(intent.id(), "id");
  EXPECT_TRUE(Run(GetPaymentIntent(*deps, UserCaller(user), id)).ok());
  const auto foreign = Run(GetPaymentIntent(*deps, UserCaller(other_user), id));
  const auto missing =
      Run(GetPaymentIntent(*deps, UserCaller(other_user), *PaymentId::Parse("pay_0123456789abcdef0123456789abcdef", "id")));
  EXPECT_EQ(foreign.error().code, Code::kPermissionDenied);
  EXPECT_EQ(foreign.error().message, missing.error().message);
  auto other = backend;
  other.tenant = other_tenant;
  EXPECT_EQ(Run(GetPaymentIntent(*deps, other, id)).error().code, Code::kNotFound);
}

TEST_F(Reads, A28_UsersCancelOnlyTheirOwn) {
  const auto intent = Created("key-0002");
  const auto refused =
      Run(CancelPaymentIntent(*deps, {UserCaller(other_user), {}, Call("can-0001"), *PaymentId::Parse(intent.id(), "id")}));
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
}

TEST_F(Reads, ListsNewestFirstInPages) {
  for (int i = 0; i < 5; ++i) {
    auto command = CreateCommand("key-list-" + std::to_string(i));
    command.purpose = {PurposeKind::kReference, "order-" + std::to_string(i)};
    command.amount = Money{1990, *Currency::Parse("EUR")};
    ASSERT_TRUE(Create(command).ok());
  }
  std::vector<std::string> seen;
  std::string token;
  do {
    const auto page = Run(ListPaymentIntents(*deps, {backend, std::nullopt, Status::kPending, *ParsePage(2, token)}));
    for (const auto& payment : page->payments) seen.push_back(payment.purpose.value);
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"order-4", "order-3", "order-2", "order-1", "order-0"}));
  EXPECT_TRUE(Run(ListPaymentIntents(*deps, {UserCaller(other_user), other_user, std::nullopt, *ParsePage(0, "")}))->payments.empty());
}

TEST_F(Reads, UnsettledPayersBeforeARemoval) {
  const auto query = [&] {
    return Run(ListUnsettledPayers(*deps, {tenant, {user, other_user}, {"weekly"}, clock.Now() - std::chrono::minutes(1)}));
  };
  Created("key-0003");
  EXPECT_TRUE(query()->unsettled.empty());  // an open, unpaid intent counts for nothing
  EXPECT_TRUE(query()->paid.empty());
  ASSERT_TRUE(Cancel("can-0002", "pay_" + Value("SELECT replace(id::text, '-', '') FROM payments")).ok());
  hmac->Script({FakePsp::Next::kTimeout});
  Created("key-0004");
  EXPECT_EQ(query()->unsettled, std::vector<UserId>{user});
  clock.Advance(std::chrono::seconds(5));
  Run(ResolveAttempts(*deps));
  Intent intent;
  intent.set_id("pay_" + Value("SELECT replace(id::text, '-', '') FROM payments WHERE status = 'PENDING'"));
  intent.set_psp_reference(Get(intent.id()).psp_reference());
  Deliver(Event("ev_1", "payment.succeeded", intent));
  EXPECT_EQ(query()->paid, std::vector<UserId>{user});
  EXPECT_TRUE(query()->unsettled.empty());
}

TEST_F(Reads, RefundsAreReadByTheirPayer) {
  const auto intent = Paid("key-0005");
  const auto refund = *RefundId::Parse(ReadRefund(*Refund("ref-0001", intent.id())).id(), "id");
  EXPECT_TRUE(Run(GetRefund(*deps, UserCaller(user), refund)).ok());
  EXPECT_EQ(Run(GetRefund(*deps, UserCaller(other_user), refund)).error().code, Code::kPermissionDenied);
}

}  // namespace
}  // namespace quittance::billing::test
