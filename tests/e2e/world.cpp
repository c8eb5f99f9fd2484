// See world.h.
#include "tests/e2e/world.h"

#include <algorithm>

namespace quittance::e2e {

using billing::v1::BillingService;

std::string World::NewUser() {
  auth::v1::CreateUserRequest request;
  request.set_request_id("user-" + RandomHex(16));
  request.set_external_id("customer-" + RandomHex(12));
  request.set_email("luc." + RandomHex(10) + "@client.example");
  request.set_locale("fr");
  const auto made = Persistently([&] { return Call(stack.users(), &auth::v1::UserService::Stub::CreateUser, Token(), request); });
  EXPECT_TRUE(made.ok()) << made.status.error_message();
  return made.value.id();
}

Answer<PaymentIntent> World::CreateAt(BillingService::Stub& stub, const std::string& token, const std::string& user, const std::string& key,
                                      const Purchase& purchase) {
  billing::v1::CreatePaymentIntentRequest request;
  request.set_request_id(key);
  request.set_user_id(user);
  request.set_plan_code(purchase.plan);
  request.set_connection(purchase.connection);
  request.set_return_url("https://shop.example/back");
  return Call(stub, &BillingService::Stub::CreatePaymentIntent, token, request, {}, purchase.deadline);
}

Answer<PaymentIntent> World::Create(const std::string& user, const std::string& key, const Purchase& purchase) {
  return CreateAt(stack.billing(), Token(), user, key, purchase);
}

PaymentIntent World::Open(const std::string& user, const Purchase& purchase) {
  const std::string key = "order-" + RandomLetters(16);
  const auto answer = Persistently([&] { return Create(user, key, purchase); });
  EXPECT_TRUE(answer.ok()) << answer.status.error_message() << " " << answer.reason;
  return answer.value;
}

Answer<PaymentIntent> World::Confirm(const std::string& payment, const std::string& key) {
  billing::v1::ConfirmPaymentIntentRequest request;
  request.set_request_id(key);
  request.set_payment_intent_id(payment);
  return Call(stack.billing(), &BillingService::Stub::ConfirmPaymentIntent, Token(), request);
}

PaymentIntent World::Read(const std::string& payment) {
  billing::v1::GetPaymentIntentRequest request;
  request.set_payment_intent_id(payment);
  return Persistently([&] { return Call(stack.billing(), &BillingService::Stub::GetPaymentIntent, Token(), request); }).value;
}

void World::Pay(const PaymentIntent& payment, const std::string& outcome) {
  stack.Control("pay", {{"psp", payment.psp()}, {"reference", payment.psp_reference()}, {"outcome", outcome}});
}

bool World::Becomes(const std::string& payment, PaymentIntent::Status status, std::chrono::seconds limit) {
  return Eventually([&] { return Read(payment).status() == status; }, limit);
}

bool World::BecomesDetail(const std::string& payment, const std::string& detail, std::chrono::seconds limit) {
  return Eventually([&] { return Read(payment).detail() == detail; }, limit);
}

Subscription World::SubscriptionOf(const std::string& user) {
  subscriptions::v1::ListSubscriptionsRequest request;
  request.set_user_id(user);
  const auto answer = Call(stack.subscriptions(), &subscriptions::v1::SubscriptionService::Stub::ListSubscriptions, Token(), request);
  EXPECT_LE(answer.value.subscriptions_size(), 1) << user;
  return answer.value.subscriptions_size() == 1 ? answer.value.subscriptions(0) : Subscription();
}

void World::ExpectOnePeriod(const std::string& user, const PaymentIntent& paid, std::int64_t seconds) {
  Subscription sub;
  EXPECT_TRUE(Eventually([&] { return (sub = SubscriptionOf(user)).status() == Subscription::ACTIVE; })) << sub.ShortDebugString();
  EXPECT_EQ(sub.current_period_end().seconds() - paid.succeed_time().seconds(), seconds);
  EXPECT_EQ(sub.current_period_end().nanos(), paid.succeed_time().nanos());
}

void World::ExpectPeriods(const std::string& user, std::vector<PaymentIntent> paid, std::int64_t seconds) {
  const auto micros = [](const google::protobuf::Timestamp& time) { return time.seconds() * 1'000'000 + time.nanos() / 1000; };
  std::sort(paid.begin(), paid.end(),
            [&](const PaymentIntent& a, const PaymentIntent& b) { return micros(a.succeed_time()) < micros(b.succeed_time()); });
  std::int64_t end = 0;
  for (const auto& payment : paid) end = std::max(end, micros(payment.succeed_time())) + seconds * 1'000'000;
  Subscription sub;
  EXPECT_TRUE(Eventually([&] {
    sub = SubscriptionOf(user);
    return sub.status() == Subscription::ACTIVE && micros(sub.current_period_end()) == end;
  })) << sub.ShortDebugString()
      << " instead of " << end;
}

void World::ExpectPaidOnce(const std::string& user, const std::string& payment, std::chrono::seconds limit) {
  EXPECT_TRUE(Becomes(payment, PaymentIntent::SUCCEEDED, limit)) << Read(payment).ShortDebugString();
  const auto paid = Read(payment);
  EXPECT_EQ(paid.detail(), "settled");
  EXPECT_EQ(paid.amount_captured().amount_minor(), paid.amount().amount_minor());
  EXPECT_EQ(paid.amount_refunded().amount_minor(), 0);
  const auto books = AllBooks(paid.psp())[payment];
  EXPECT_EQ(books.captures, 1);
  EXPECT_EQ(books.net, paid.amount().amount_minor());
  EXPECT_EQ(books.create_keys.size(), 1U);
  ExpectOnePeriod(user, paid);
}

std::map<std::string, Books> World::AllBooks(const std::string& psp, std::int64_t since) {
  std::map<std::string, Books> books;
  const std::string rows = psp + "&since=" + std::to_string(since);
  for (const auto& charge : stack.Listing("charges?psp=" + rows)) {
    auto& book = books[charge.at("payment_id").get<std::string>()];
    const bool in = charge.at("kind") == "capture";
    (in ? book.captures : book.refunds) += 1;
    book.net += (in ? 1 : -1) * charge.at("amount_minor").get<std::int64_t>();
  }
  const std::string create = psp == "stripe" ? "/v1/payment_intents" : "/hmac/payments";
  for (const auto& call : stack.Listing("calls?target=" + rows)) {
    const std::string path = call.at("path");
    if (call.at("method") != "POST" || path.size() < create.size() || path.substr(path.size() - create.size()) != create) continue;
    const std::string body = call.at("body");
    const auto at = body.find("pay_");
    if (at == std::string::npos) continue;
    for (const auto& [name, value] : call.at("headers").items()) {
      std::string lower = name;
      for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (lower == "idempotency-key")
        books[body.substr(at, body.find_first_not_of("pay_0123456789abcdef", at) - at)].create_keys.insert(value);
    }
  }
  return books;
}

int World::ObjectsAtStripe(const std::string& payment) {
  const auto found =
      Http("GET", stack.at("sandbox") + "/stripe/v1/payment_intents/search?query=metadata%5B%27payment_id%27%5D:%27" + payment + "%27", "",
           {"Authorization: Bearer " + setup.stripe_api_key});
  EXPECT_EQ(found.status, 200) << found.body;
  return static_cast<int>(found.json().at("data").size());
}

void World::Fault(const std::string& target, const std::string& kind, int count, const Json& more) {
  Json command = {{"target", target}, {"kind", kind}, {"count", count}};
  command.update(more);
  stack.Control("fault", command);
}

void World::ClearFaults() {
  for (const char* target : {"stripe", "hmac", "paypal", "adyen", "cinetpay", "telegram", "smtp"})
    stack.Control("fault", {{"target", target}, {"count", 0}});
  stack.Control("deliver", Json::object());
}

}  // namespace quittance::e2e
