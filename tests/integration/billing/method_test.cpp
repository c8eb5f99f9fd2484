// Payment methods against PostgreSQL: sealed, found by fingerprint, one default, gone at the PSP too.
#include <thread>

#include "quittance/billing/v1/payment_methods.pb.h"
#include "services/billing/usecases/payment_methods.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

class Methods : public BillingTest {
 protected:
  Result<db::Reply> Add(const std::string& key, const std::string& token, bool make_default = false, std::optional<Expiry> expiry = {}) {
    AddPaymentMethodCommand command{backend, {backend.subject, ""}, Call(key), {}, Secret(token), make_default};
    command.method.user = user;
    command.method.connection = "hmac";
    command.method.kind = "card";
    command.method.last_four = "4242";
    command.method.expiry = expiry;
    return Run(AddPaymentMethod(*deps, std::move(command)));
  }
  static v1::PaymentMethod ReadMethod(const db::Reply& reply) {
    v1::PaymentMethod method;
    EXPECT_TRUE(method.ParseFromString(reply.bytes));
    return method;
  }
  Result<db::Reply> Delete(const std::string& key, const std::string& id) {
    return Run(DeletePaymentMethod(*deps, {backend, {backend.subject, ""}, Call(key), *PaymentMethodId::Parse(id, "id")}));
  }
  std::string Defaults() { return Value("SELECT coalesce(string_agg(id::text, ','), '') FROM payment_methods WHERE is_default"); }
};

TEST_F(Methods, TheTokenIsNowhereInClear) {
  const auto added = Add("add-0001", "pm_SecretTokenOfThePsp");
  ASSERT_TRUE(added.ok()) << added.error().message;
  const auto rows = Value("SELECT string_agg(m::text, ' ') || string_agg(encode(token, 'escape'), ' ') FROM payment_methods m");
  EXPECT_EQ(rows.find("SecretToken"), std::string::npos);
  EXPECT_EQ(added->bytes.find("SecretToken"), std::string::npos);
  EXPECT_EQ(Value("SELECT string_agg(a::text, ' ') FROM audit_log a").find("SecretToken"), std::string::npos);
}

TEST_F(Methods, TheSameTokenIsKeptOnce) {
  const auto first = ReadMethod(*Add("add-0001", "pm_1"));
  EXPECT_TRUE(Add("add-0001", "pm_1")->replayed);
  const auto again = Add("add-0002", "pm_1");
  EXPECT_EQ(again.error().reason, Reason::kAlreadyExists);
  EXPECT_EQ(again.error().metadata.at("payment_method_id"), first.id());
  EXPECT_EQ(Count("payment_methods"), 1);
}

TEST_F(Methods, CardDataIsRefusedAndNotKept) {
  EXPECT_EQ(Add("add-0001", "4242424242424242").error().reason, Reason::kCardNumberRefused);
  EXPECT_EQ(Count("payment_methods"), 0);
  EXPECT_EQ(Count("idempotency_keys"), 0);
}

TEST_F(Methods, OneDefaultAtATime) {
  const auto first = ReadMethod(*Add("add-0001", "pm_1"));
  EXPECT_TRUE(first.is_default());
  const auto second = ReadMethod(*Add("add-0002", "pm_2"));
  EXPECT_FALSE(second.is_default());
  EXPECT_TRUE(Run(SetDefaultPaymentMethod(*deps, {backend, {}, Call("def-0001"), *PaymentMethodId::Parse(second.id(), "id")})).ok());
  EXPECT_EQ(PaymentMethodId{*Uuid::Parse(Value("SELECT replace(id::text, '-', '') FROM payment_methods WHERE is_default"))}.ToString(),
            second.id());
  EXPECT_TRUE(ReadMethod(*Add("add-0003", "pm_3", true)).is_default());
  EXPECT_EQ(Defaults().find(','), std::string::npos);
}

TEST_F(Methods, OneDefaultWhoeverAddsAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([this, t] { EXPECT_TRUE(Add("add-" + std::to_string(t) + "xxx", "pm_" + std::to_string(t), t % 2 == 1).ok()); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Count("payment_methods"), 6);
  EXPECT_EQ(Count("payment_methods WHERE is_default"), 1);
}

TEST_F(Methods, ADeletedOneIsGoneHereAtOnceAndAtThePspAfterwards) {
  const auto method = ReadMethod(*Add("add-0001", "pm_1"));
  hmac->MethodsAre(psp::Deleted::kUnknown);
  EXPECT_TRUE(Delete("del-0001", method.id()).ok());
  EXPECT_EQ(Run(GetPaymentMethod(*deps, backend, *PaymentMethodId::Parse(method.id(), "id"))).error().reason, Reason::kNotFound);
  EXPECT_EQ(Run(TellDeletedMethods(*deps)), 1);
  EXPECT_EQ(Run(TellDeletedMethods(*deps)), 0);
  hmac->MethodsAre(psp::Deleted::kGone);
  clock.Advance(std::chrono::minutes(10));
  EXPECT_EQ(Run(TellDeletedMethods(*deps)), 1);
  EXPECT_EQ(hmac->deleted_tokens(), std::vector<std::string>{"pm_1"});
  EXPECT_EQ(Count("payment_methods WHERE token IS NULL AND sealed_tell IS NULL AND tell_at IS NULL"), 1);
  EXPECT_TRUE(Add("add-0002", "pm_1").ok());
}

TEST_F(Methods, APaymentTakesTheMethodToItsPsp) {
  const auto method = ReadMethod(*Add("add-0001", "pm_1"));
  auto command = CreateCommand("key-0001");
  command.method = *PaymentMethodId::Parse(method.id(), "id");
  ASSERT_TRUE(Create(command).ok());
  EXPECT_EQ(hmac->last_method(), "pm_1");
}

TEST_F(Methods, I18_WhoCallsAgainSendsTheSameMethodUnderTheSameKey) {
  const auto method = ReadMethod(*Add("add-0001", "pm_1"));
  auto command = CreateCommand("key-0001");
  command.method = *PaymentMethodId::Parse(method.id(), "id");
  hmac->Script({FakePsp::Next::kTimeout});
  ASSERT_TRUE(Create(command).ok());
  clock.Advance(std::chrono::seconds(5));
  EXPECT_EQ(Run(ResolveAttempts(*deps)), 1);
  EXPECT_EQ(hmac->Keys("create").size(), 1u);
  EXPECT_EQ(hmac->Calls("create").size(), 2u);
  EXPECT_EQ(hmac->last_method(), "pm_1");
}

TEST_F(Methods, ADeletedOneIsKeptForAnAttemptWithoutAnAnswer) {
  const auto method = ReadMethod(*Add("add-0001", "pm_1"));
  auto command = CreateCommand("key-0001");
  command.method = *PaymentMethodId::Parse(method.id(), "id");
  hmac->Script({FakePsp::Next::kTimeout});
  ASSERT_TRUE(Create(command).ok());
  EXPECT_TRUE(Delete("del-0001", method.id()).ok());
  EXPECT_EQ(Run(TellDeletedMethods(*deps)), 0);
  clock.Advance(std::chrono::seconds(5));
  EXPECT_EQ(Run(ResolveAttempts(*deps)), 1);
  EXPECT_EQ(hmac->last_method(), "pm_1");
  EXPECT_EQ(Run(TellDeletedMethods(*deps)), 1);
}

TEST_F(Methods, ExpiredAndForeignOnesAreRefused) {
  const auto method = ReadMethod(*Add("add-0001", "pm_1", false, Expiry{2020, 1}));
  EXPECT_TRUE(method.expired());
  auto command = CreateCommand("key-0001");
  command.method = *PaymentMethodId::Parse(method.id(), "id");
  EXPECT_EQ(Create(command).error().reason, Reason::kStateConflict);
  auto other = CreateCommand("key-0002");
  other.user = other_user;
  other.method = command.method;
  EXPECT_EQ(Create(other).error().reason, Reason::kNotFound);
  EXPECT_TRUE(hmac->Calls("create").empty());
}

}  // namespace
}  // namespace quittance::billing::test
