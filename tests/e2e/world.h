// A tenant in trouble: short ways to its payments and subscriptions, and the books that must agree afterwards. Used by the tests that break
// things around a running stack. Invariant: what is expected is read from the public rpcs and from the PSPs' own lists, never from a table.
#pragma once

#include <set>

#include "tests/e2e/fixture.h"
#include "tests/e2e/webhooks.h"

namespace quittance::e2e {

using billing::v1::PaymentIntent;
using subscriptions::v1::Subscription;

inline constexpr std::int64_t kWeekSeconds = 604'800;
inline constexpr std::int64_t kMonthSeconds = 2'592'000;

// What a PSP did for one payment.
struct Books {
  int captures = 0;
  int refunds = 0;
  std::int64_t net = 0;               // minor units that the PSP keeps for us
  std::set<std::string> create_keys;  // idempotency keys under which it was asked to open it
};

// Asks as a backend does: who is told to come again comes again.
template <class Ask>
auto Persistently(const Ask& ask) {
  auto answer = ask();
  Eventually([&] {
    if (answer.ok() || !answer.retry_hint) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    answer = ask();
    return false;
  });
  return answer;
}

struct Purchase {
  std::string connection = "stripe";
  std::string plan = "signaux-weekly";
  std::chrono::milliseconds deadline = kCallTimeout;
};

class World {
 public:
  World() : fixture(StackFixture::Get()), stack(fixture.stack()), setup(NewTenant(stack)) {}

  std::string Token() { return stack.Token(setup.backend); }
  std::string NewUser();
  Answer<PaymentIntent> Create(const std::string& user, const std::string& key, const Purchase& purchase = {});
  // The same on a stub and a token of one's own.
  static Answer<PaymentIntent> CreateAt(billing::v1::BillingService::Stub& stub, const std::string& token, const std::string& user,
                                        const std::string& key, const Purchase& purchase);
  PaymentIntent Open(const std::string& user, const Purchase& purchase = {});  // must work
  Answer<PaymentIntent> Confirm(const std::string& payment, const std::string& key);
  PaymentIntent Read(const std::string& payment);
  // Plays the payer at the PSP.
  void Pay(const PaymentIntent& payment, const std::string& outcome = "succeed");
  bool Becomes(const std::string& payment, PaymentIntent::Status status, std::chrono::seconds limit = kPatience);
  bool BecomesDetail(const std::string& payment, const std::string& detail, std::chrono::seconds limit = kPatience);

  Subscription SubscriptionOf(const std::string& user);
  // ACTIVE and exactly that long from the moment the payment was applied.
  void ExpectOnePeriod(const std::string& user, const PaymentIntent& paid, std::int64_t seconds = kWeekSeconds);
  // ACTIVE until the end of as many periods, each from the moment its payment was applied or from the end of the one before.
  void ExpectPeriods(const std::string& user, std::vector<PaymentIntent> paid, std::int64_t seconds = kWeekSeconds);
  // SUCCEEDED, settled, one charge and one key at the PSP, one period.
  void ExpectPaidOnce(const std::string& user, const std::string& payment, std::chrono::seconds limit = kPatience);

  // Everything a PSP did, by payment; since a business time (Unix seconds), or ever.
  std::map<std::string, Books> AllBooks(const std::string& psp, std::int64_t since = 0);
  // PaymentIntents that Stripe holds for a payment.
  int ObjectsAtStripe(const std::string& payment);
  void Fault(const std::string& target, const std::string& kind, int count = 1, const Json& more = Json::object());
  void ClearFaults();

  StackFixture& fixture;
  Stack& stack;
  TenantSetup setup;
};

// The world of one file of tests, named by a class of its own, without the faults of the test before.
template <class Tests>
World& Ready() {
  static World world;
  world.ClearFaults();
  return world;
}

}  // namespace quittance::e2e
