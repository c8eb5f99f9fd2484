// See load.h.
#include "tests/e2e/load.h"

#include <algorithm>

namespace quittance::e2e {
namespace {

constexpr std::chrono::milliseconds kPause{200};  // before a persistent client asks again
constexpr std::chrono::seconds kGiveUp{90};
constexpr int kReaders = 4;
constexpr std::size_t kNewEach = 10;

}  // namespace

Load::Load(World& world, Client client, const Pace& pace) : world_(world), client_(client), pace_(pace), token_(world.Token()) {
  MakeRegulars();
  for (int i = 0; i < pace.threads; ++i) threads_.emplace_back([this] { Run(); });
}

void Load::MakeRegulars() {
  std::atomic<int> made{0};
  std::vector<std::jthread> makers;
  for (int i = 0; i < kReaders && pace_.regulars > 0; ++i) {
    makers.emplace_back([&] {
      const auto stub = auth::v1::UserService::NewStub(world_.stack.Channel("auth"));
      while (made++ < pace_.regulars) {
        const auto user = MakeUser(*stub, "regular-" + RandomHex(16));
        std::lock_guard lock(mutex_);
        regulars_.push_back(user);
      }
    });
  }
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

std::string Load::MakeUser(auth::v1::UserService::Stub& stub, const std::string& key) {
  auth::v1::CreateUserRequest request;
  request.set_request_id("user-" + key);
  request.set_external_id("customer-" + key);
  for (const auto until = std::chrono::steady_clock::now() + kGiveUp; std::chrono::steady_clock::now() < until;) {
    const auto made = Call(stub, &auth::v1::UserService::Stub::CreateUser, token_, request);
    if (made.ok()) return made.value.id();
    if (!Again(made.status, made.retry_hint, "CreateUser")) return "";
  }
  ADD_FAILURE() << "no user for " << key;
  return "";
}

std::string Load::UserFor(auth::v1::UserService::Stub& stub, const std::string& key) {
  const std::size_t turn = turn_++;
  return regulars_.empty() || turn % kNewEach == 0 ? MakeUser(stub, key) : regulars_[turn % regulars_.size()];
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
    Done purchase{.user = "", .key = "order-" + RandomLetters(16), .payment = ""};
    PaymentIntent payment;
    purchase.user = UserFor(*users, purchase.key);
    if (!purchase.user.empty() && Create(*billing, purchase, payment)) {
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
  std::map<std::string, std::vector<const Done*>> people;
  for (const auto& purchase : done_) people[purchase.user].push_back(&purchase);
  const std::vector<std::pair<std::string, std::vector<const Done*>>> all(people.begin(), people.end());
  const auto token = world_.Token();
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      for (std::size_t at = next++; at < all.size(); at = next++) ExpectPaidOnce(all[at].first, all[at].second, books, token, limit);
    });
  }
}

void Load::ExpectPaidOnce(const std::string& user, const std::vector<const Done*>& bought, const std::map<std::string, Books>& books,
                          const std::string& token, std::chrono::seconds limit) {
  billing::v1::ListPaymentIntentsRequest request;
  request.set_user_id(user);
  request.set_page_size(200);
  billing::v1::ListPaymentIntentsResponse listed;
  const auto succeeded = [](const PaymentIntent& payment) { return payment.status() == PaymentIntent::SUCCEEDED; };
  EXPECT_TRUE(Eventually(
      [&] {
        listed = Call(world_.stack.billing(), &billing::v1::BillingService::Stub::ListPaymentIntents, token, request).value;
        const auto& payments = listed.payment_intents();
        return listed.payment_intents_size() == static_cast<int>(bought.size()) && std::all_of(payments.begin(), payments.end(), succeeded);
      },
      limit))
      << user << " " << listed.ShortDebugString();
  std::set<std::string> expected, found;
  for (const Done* purchase : bought) expected.insert(purchase->payment);
  for (const auto& paid : listed.payment_intents()) {
    found.insert(paid.id());
    EXPECT_EQ(paid.amount_captured().amount_minor(), 1990);
    const auto known = books.find(paid.id());
    const Books book = known == books.end() ? Books() : known->second;
    EXPECT_EQ(book.captures, 1) << paid.id();
    EXPECT_EQ(book.net, 1990) << paid.id();
    EXPECT_EQ(book.create_keys.size(), 1U) << paid.id();
  }
  EXPECT_EQ(found, expected) << user;
  if (!listed.payment_intents().empty()) world_.ExpectPeriods(user, {listed.payment_intents().begin(), listed.payment_intents().end()});
}

}  // namespace quittance::e2e
