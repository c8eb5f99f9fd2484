// See load.h.
#include "tests/e2e/load.h"

namespace quittance::e2e {
namespace {

constexpr std::chrono::milliseconds kPace{60};    // between two purchases of one thread
constexpr std::chrono::milliseconds kPause{200};  // before a persistent client asks again
constexpr std::chrono::seconds kGiveUp{90};

}  // namespace

Load::Load(World& world, Client client, int threads) : world_(world), client_(client), token_(world.Token()) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
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

bool Load::Again(const grpc::Status& status, const std::string& what) {
  {
    std::lock_guard lock(mutex_);
    ++told_[what + " " + std::to_string(status.error_code())];
  }
  if (client_ == Client::kStandardRetry) {
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
    if (!Again(made.status, "CreateUser")) return false;
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
    if (!Again(made.status, "CreatePaymentIntent")) return false;
  }
  ADD_FAILURE() << "no payment for " << purchase.key;
  return false;
}

void Load::Run() {
  const auto users = auth::v1::UserService::NewStub(world_.stack.Channel("auth"));
  const auto billing = billing::v1::BillingService::NewStub(world_.stack.Channel("billing"));
  while (!stop_) {
    Done purchase{.user = "", .key = "order-" + RandomHex(16), .payment = ""};
    PaymentIntent payment;
    if (MakeUser(*users, purchase) && Create(*billing, purchase, payment)) {
      // An answer that came without the PSP's reference is completed by the janitor; the payer cannot pay before.
      if (!payment.psp_reference().empty()) world_.Pay(payment);
      std::lock_guard lock(mutex_);
      done_.push_back(std::move(purchase));
    }
    std::this_thread::sleep_for(kPace);
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
  for (const auto& purchase : done_) {
    EXPECT_TRUE(world_.Becomes(purchase.payment, PaymentIntent::SUCCEEDED, limit)) << world_.Read(purchase.payment).ShortDebugString();
    const auto paid = world_.Read(purchase.payment);
    const auto& book = books[purchase.payment];
    EXPECT_EQ(paid.user_id(), purchase.user);
    EXPECT_EQ(paid.amount_captured().amount_minor(), 1990);
    EXPECT_EQ(book.captures, 1) << purchase.payment;
    EXPECT_EQ(book.net, 1990) << purchase.payment;
    EXPECT_EQ(book.create_keys.size(), 1U) << purchase.payment;
    billing::v1::ListPaymentIntentsRequest request;
    request.set_user_id(purchase.user);
    const auto all = Call(world_.stack.billing(), &billing::v1::BillingService::Stub::ListPaymentIntents, world_.Token(), request);
    EXPECT_EQ(all.value.payment_intents_size(), 1) << purchase.key;
    world_.ExpectOnePeriod(purchase.user, paid);
  }
}

}  // namespace quittance::e2e
