// Reads: own rows for users, the tenant's for its backend, nobody else's.
#include "services/billing/api/person_lists.h"
#include "tests/integration/billing/world.h"
#include "tests/support/person_copy.h"

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

// More than a page of payments, so that the token of a list is carried from page to page.
TEST_F(Reads, ThePersonsCopyHoldsAllOfTheirsAndNothingOfAnother) {
  const auto paid = Paid("key-paid");
  for (int i = 0; i < person::kPageSize; ++i) {
    auto command = CreateCommand("key-copy-" + std::to_string(i));
    command.purpose = {PurposeKind::kReference, "copy-" + std::to_string(i)};
    command.amount = Money{1990, *Currency::Parse("EUR")};
    ASSERT_TRUE(Create(command).ok());
  }
  auto foreign = CreateCommand("key-foreign");
  foreign.user = other_user;
  const auto theirs = Read(*Create(foreign));
  const auto copy = quittance::test::CopyOf(*executor, api::PersonLists(*deps), tenant, user);
  ASSERT_EQ(copy.at("payment_intents").size(), static_cast<std::size_t>(person::kPageSize) + 1);
  EXPECT_EQ(copy.at("payment_intents").back().at("id"), paid.id()) << "newest first";
  for (const auto& [kind, records] : copy) {
    for (const auto& record : records) {
      EXPECT_EQ(record.dump().find(theirs.id()), std::string::npos) << kind;
      EXPECT_EQ(record.dump().find(other_user.ToString()), std::string::npos) << kind;
      EXPECT_EQ(record.dump().find("client_secret"), std::string::npos) << kind;
    }
  }
  EXPECT_TRUE(quittance::test::CopyOf(*executor, api::PersonLists(*deps), other_tenant, user).empty()) << "nobody in that tenant";
}

TEST_F(Reads, ATokenThatIsNotOfTheCopyIsRefused) {
  for (const char* token : {"x", "0", "9:", ":", "0:nonsense", "5:12x", "-1:"}) {
    const auto piece = Run(person::ReadPiece(api::PersonLists(*deps), person::AsPerson(tenant, user), token));
    ASSERT_FALSE(piece.ok()) << token;
    EXPECT_EQ(piece.error().code, Code::kInvalidArgument) << token;
  }
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
