// A hundred clients, twenty keys, a billing that is killed and a PSP whose answers get lost, in seeded rounds: per key one payment, at the
// PSP one charge, and equal answers. Five rounds share one kill. 50 rounds; 1,000 in `./dev test --all`; QUITTANCE_KEY_ROUNDS and
// QUITTANCE_KEY_SEED choose otherwise.
#include <algorithm>
#include <array>
#include <mutex>
#include <random>
#include <thread>

#include "tests/e2e/world.h"

namespace quittance::e2e {
namespace {

constexpr int kClients = 100;
constexpr std::size_t kKeys = 20;
constexpr int kTriesMax = 300;
constexpr int kTogether = 5;
constexpr int kNatural = 10;  // of so many kills one leaves its leases to run out by themselves

int FromEnv(const char* name, int fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::stoi(text);
}

// One purchase: the key under which every client asks for it, and all answers that came.
struct Order {
  std::string key;
  billing::v1::CreatePaymentIntentRequest request;
  std::mutex mutex;
  std::set<std::string> answers;
};

class Round {
 public:
  Round(World& world, const std::string& user, unsigned seed) : world_(world), random_(seed), token_(world.Token()) {
    for (auto& order : orders_) {
      order.key = "round-" + std::to_string(seed) + "-" + RandomLetters(12);
      order.request.set_request_id(order.key);
      order.request.set_user_id(user);
      order.request.set_reference(order.key);
      order.request.mutable_amount()->set_amount_minor(1990);
      order.request.mutable_amount()->set_currency_code("EUR");
      order.request.set_connection("hmac");
    }
  }

  void Start() {
    Break();
    for (int i = 0; i < kClients; ++i) clients_.emplace_back([this, seed = random_()] { Client(seed); });
  }

  std::chrono::milliseconds UntilTheKill() { return std::chrono::milliseconds(random_() % 400); }

  void Join() {
    for (auto& client : clients_) client.join();
  }

  // Nothing is in the way any more: every key has its answer.
  void AskForAll() {
    for (auto& order : orders_) EXPECT_TRUE(Ask(order)) << order.key;
  }

  // The PSP's reference of every payment is stored.
  bool Known() {
    for (; known_ < kKeys; ++known_) {
      const auto& answers = orders_[known_].answers;
      PaymentIntent payment;
      if (answers.empty() || !payment.ParseFromString(*answers.begin()) || world_.Read(payment.id()).psp_reference().empty()) return false;
    }
    return true;
  }

  // Equal answers, one payment for each key; all of them are paid.
  void Pay() {
    for (auto& order : orders_) {
      EXPECT_EQ(order.answers.size(), 1U) << order.key;
      PaymentIntent payment;
      ASSERT_TRUE(!order.answers.empty() && payment.ParseFromString(*order.answers.begin()));
      EXPECT_TRUE(payments_.insert(payment.id()).second) << order.key;
      const auto known = world_.Read(payment.id());
      ASSERT_FALSE(known.psp_reference().empty()) << payment.id();
      world_.Pay(known);
    }
  }

  // At the PSP one charge for each payment.
  void Check(std::map<std::string, Books>& books) {
    for (const auto& id : payments_) {
      EXPECT_TRUE(world_.Becomes(id, PaymentIntent::SUCCEEDED)) << id;
      EXPECT_EQ(books[id].captures, 1) << id;
      EXPECT_EQ(books[id].net, 1990) << id;
      EXPECT_EQ(books[id].create_keys.size(), 1U) << id;
    }
  }

 private:
  void Break() {
    for (const char* kind : {"lost_answer", "reset", "500"}) {
      const int count = static_cast<int>(random_() % 4);
      if (count > 0) world_.Fault("hmac", kind, count);
    }
  }

  // False: something else than "ask again" was answered.
  bool Ask(Order& order) {
    for (int i = 0; i < kTriesMax; ++i) {
      const auto answer = Call(world_.stack.billing(), &billing::v1::BillingService::Stub::CreatePaymentIntent, token_, order.request, {},
                               std::chrono::milliseconds(4000));
      if (answer.ok()) {
        const std::lock_guard lock(order.mutex);
        order.answers.insert(answer.value.SerializeAsString());
        return true;
      }
      const auto code = answer.status.error_code();
      const bool again = code == grpc::ABORTED || code == grpc::UNAVAILABLE || code == grpc::DEADLINE_EXCEEDED || code == grpc::CANCELLED ||
                         code == grpc::RESOURCE_EXHAUSTED;
      if (!again) {
        ADD_FAILURE() << order.key << ": " << code << " " << answer.status.error_message();
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    return false;
  }

  void Client(unsigned long seed) { Ask(orders_[seed % kKeys]); }

  World& world_;
  std::mt19937_64 random_;
  const std::string token_;
  std::array<Order, kKeys> orders_;
  std::vector<std::thread> clients_;
  std::size_t known_ = 0;  // of the orders, the first so many
  std::set<std::string> payments_;
};

// What the dead process held, as if the time had passed. With a second replica nobody can tell whose leases are whose.
void EndLeases(const World& world) {
  if (world.fixture.Replicas("billing").size() > 1) return;
  world.fixture.Sql("billing", "UPDATE payment_attempts SET lease_until = now() WHERE lease_until > now()");
  world.fixture.Sql("billing", "UPDATE relay_lease SET until = now() WHERE until > now()");
}

void PlayTogether(World& world, std::vector<std::unique_ptr<Round>>& rounds, bool natural) {
  const std::int64_t began = world.stack.BusinessNow();
  for (auto& round : rounds) round->Start();
  std::this_thread::sleep_for(rounds.front()->UntilTheKill());
  world.fixture.Kill("billing");
  if (!natural) EndLeases(world);
  world.fixture.Restart();
  for (auto& round : rounds) round->Join();
  world.ClearFaults();
  // What is unknown is asked for after 5 s, then 30 s later, then every few minutes; the last of these is waited for patiently.
  for (const auto& [business, real] : {std::pair{6, 3}, {31, 3}, {301, 5}, {301, 60}}) {
    world.stack.AdvanceClock(std::chrono::seconds(business));
    for (auto& round : rounds) round->AskForAll();
    const auto known = [&] { return std::all_of(rounds.begin(), rounds.end(), [](const auto& round) { return round->Known(); }); };
    if (Eventually(known, std::chrono::seconds(real))) break;
  }
  for (auto& round : rounds) round->Pay();
  if (testing::Test::HasFailure()) return;
  auto books = world.AllBooks("hmac", began);
  for (auto& round : rounds) round->Check(books);
}

TEST(Keys, I01_I03_I05_I17_PerKeyOnePaymentOneChargeAndEqualAnswers) {
  World world;
  world.ClearFaults();
  const int rounds = FromEnv("QUITTANCE_KEY_ROUNDS", LongTests() ? 1000 : 50);
  const int first = FromEnv("QUITTANCE_KEY_SEED", 1);
  for (int round = 0; round < rounds; round += kTogether) {
    SCOPED_TRACE("seeds from " + std::to_string(first + round));
    std::vector<std::unique_ptr<Round>> together;
    for (int i = round; i < std::min(round + kTogether, rounds); ++i)
      together.push_back(std::make_unique<Round>(world, world.NewUser(), static_cast<unsigned>(first + i)));
    PlayTogether(world, together, round % (kTogether * kNatural) == 0);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace quittance::e2e
