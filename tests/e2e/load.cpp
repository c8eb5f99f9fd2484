// See load.h.
#include "tests/e2e/load.h"

namespace quittance::e2e {
namespace {

constexpr std::chrono::milliseconds kPause{200};  // before a persistent client asks again
constexpr std::chrono::seconds kGiveUp{90};
constexpr int kReaders = 4;

}  // namespace

Load::Load(World& world, Client client, const Pace& pace) : world_(world), client_(client), pace_(pace), token_(world.Token()) {
  for (int i = 0; i < pace.threads; ++i) threads_.emplace_back([this] { Run(); });
}

void Load::Stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

int Load::Purchases() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(done_.size());
}

std::map<std::string, int> Load::Told() const {
  std::lock_guard lock(mutex_);
  return told_;
}

bool Load::Again(const grpc::Status& status, bool retry_hint, const std::string& what) {
  {
    std::lock_guard lock(mutex_);
    ++told_[what + " " + std::to_string(status.error_code())];
  }
  if (client_ == Client::kStandardRetry || (client_ == Client::kRetryInfo && !retry_hint)) {
    ADD_FAILURE() << what << ": " << status.error_code() << " " << status.error_message();
    return false;
  }
  std::this_thread::sleep_for(kPause);
  return true;
}

bool Load::MakeUser(auth::v1::UserService::Stub& stub, Done& purchase) {
  auth::v1::CreateUserRequest request;
  request.set_request_id("user-" + purchase.key);
  request.set_external_id("customer-" + purchase.key);
  for (const auto until = std::chrono::steady_clock::now() + kGiveUp; std::chrono::steady_clock::now() < until;) {
    const auto made = Call(stub, &auth::v1::UserService::Stub::CreateUser, token_, request);
    purchase.user = made.value.id();
    if (made.ok()) return true;
    if (!Again(made.status, made.retry_hint, "CreateUser")) return false;
  }
  ADD_FAILURE() << "no user for " << purchase.key;
  return false;
}

bool Load::Create(billing::v1::BillingService::Stub& stub, Done& purchase, PaymentIntent& payment) {
  for (const auto until = std::chrono::steady_clock::now() + kGiveUp; std::chrono::steady_clock::now() < until;) {
    const auto made = World::CreateAt(stub, token_, purchase.user, purchase.key, {.connection = "hmac"});
    payment = made.value;
    purchase.payment = payment.id();
    if (made.ok()) return true;
    if (!Again(made.status, made.retry_hint, "CreatePaymentIntent")) return false;
  }
  ADD_FAILURE() << "no payment for " << purchase.key;
  return false;
}

void Load::Run() {
  const auto users = auth::v1::UserService::NewStub(world_.stack.Channel("auth"));
  const auto billing = billing::v1::BillingService::NewStub(world_.stack.Channel("billing"));
  auto due = std::chrono::steady_clock::now();
  while (!stop_) {
    Done purchase{.user = "", .key = "order-" + RandomHex(16), .payment = ""};
    PaymentIntent payment;
    if (MakeUser(*users, purchase) && Create(*billing, purchase, payment)) {
      // An answer that came without the PSP's reference is completed by the janitor; the payer cannot pay before.
      if (!payment.psp_reference().empty()) world_.Pay(payment);
      std::lock_guard lock(mutex_);
      done_.push_back(std::move(purchase));
    }
    const auto now = std::chrono::steady_clock::now();
    due = pace_.catch_up ? due + pace_.interval : std::max(due + pace_.interval, now);
    std::this_thread::sleep_until(due);
  }
}

bool Load::FlowsAgain(std::chrono::seconds limit) {
  const int before = Purchases();
  return Eventually([&] { return Purchases() >= before + 8; }, limit);
}

void Load::ExpectNothingLostOrDoubled(std::chrono::seconds limit) {
  std::map<std::string, Books> books;
  const auto unpaid = [&] {
    std::vector<std::string> open;
    books = world_.AllBooks("hmac");
    for (const auto& purchase : done_) {
      if (books[purchase.payment].captures == 0) open.push_back(purchase.payment);
    }
    return open;
  };
  EXPECT_FALSE(done_.empty());
  // Those whose answer said unknown: the janitor finds the reference, then the payer pays.
  for (const auto& payment : unpaid()) {
    EXPECT_TRUE(Eventually([&] { return !world_.Read(payment).psp_reference().empty(); }, limit))
        << world_.Read(payment).ShortDebugString();
    world_.Pay(world_.Read(payment));
  }
  unpaid();
  const auto token = world_.Token();
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      for (std::size_t at = next++; at < done_.size(); at = next++) ExpectPaidOnce(done_[at], books.at(done_[at].payment), token, limit);
    });
  }
}

void Load::ExpectPaidOnce(const Done& purchase, const Books& book, const std::string& token, std::chrono::seconds limit) {
  billing::v1::ListPaymentIntentsRequest request;
  request.set_user_id(purchase.user);
  billing::v1::ListPaymentIntentsResponse all;
  EXPECT_TRUE(Eventually(
      [&] {
        all = Call(world_.stack.billing(), &billing::v1::BillingService::Stub::ListPaymentIntents, token, request).value;
        return all.payment_intents_size() == 1 && all.payment_intents(0).status() == PaymentIntent::SUCCEEDED;
      },
      limit))
      << purchase.key << " " << all.ShortDebugString();
  if (all.payment_intents_size() != 1) return;
  const auto& paid = all.payment_intents(0);
  EXPECT_EQ(paid.id(), purchase.payment);
  EXPECT_EQ(paid.amount_captured().amount_minor(), 1990);
  EXPECT_EQ(book.captures, 1) << purchase.payment;
  EXPECT_EQ(book.net, 1990) << purchase.payment;
  EXPECT_EQ(book.create_keys.size(), 1U) << purchase.payment;
  world_.ExpectOnePeriod(purchase.user, paid);
}

}  // namespace quittance::e2e
