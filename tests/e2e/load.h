// A steady load of purchases: each is created, paid at the PSP and taken in by webhook, on a channel of its own. Whoever runs it learns
// what clients saw, and afterwards that every purchase is there once.
#pragma once

#include <atomic>
#include <thread>

#include "tests/e2e/world.h"

namespace quittance::e2e {

enum class Client {
  kStandardRetry,  // gRPC's own retries on UNAVAILABLE, nothing else: what is still refused is a failure
  kRetryInfo,      // and asks again, with the same key, where the refusal carries RetryInfo
  kPersistent,     // asks again with the same key until it is answered, as a backend that keeps its orders does
};

struct Pace {
  int threads = 4;
  std::chrono::microseconds interval = std::chrono::milliseconds(160);  // from one purchase of a thread to its next
  bool catch_up = false;  // an open loop: what could not be begun in time is begun as soon as possible
  int regulars = 0;       // people who are there before and buy in turn; each tenth purchase is somebody new's. 0: all are
};

class Load {
 public:
  Load(World& world, Client client, const Pace& pace = {});
  ~Load() { Stop(); }

  // No new purchases; those under way end.
  void Stop();
  int Purchases() const;
  // What clients were told beside an answer, by code and reason.
  std::map<std::string, int> Told() const;
  // Waits until something new goes through: the stack works again.
  bool FlowsAgain(std::chrono::seconds limit = kPatience);
  // Every purchase: paid once, one charge, one key, one period; in the books of both sides.
  void ExpectNothingLostOrDoubled(std::chrono::seconds limit = kPatience);

 private:
  struct Done {
    std::string user, key, payment;
  };
  void Run();
  void MakeRegulars();
  std::string UserFor(auth::v1::UserService::Stub& stub, const std::string& key);
  std::string MakeUser(auth::v1::UserService::Stub& stub, const std::string& key);
  bool Create(billing::v1::BillingService::Stub& stub, Done& purchase, PaymentIntent& payment);
  // Whether to ask again.
  bool Again(const grpc::Status& status, bool retry_hint, const std::string& what);
  // What one person bought.
  void ExpectPaidOnce(const std::string& user, const std::vector<const Done*>& bought, const std::map<std::string, Books>& books,
                      const std::string& token, std::chrono::seconds limit);

  World& world_;
  const Client client_;
  const Pace pace_;
  const std::string token_;
  std::vector<std::string> regulars_;
  std::atomic<std::size_t> turn_{0};
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<Done> done_;
  std::map<std::string, int> told_;
  std::vector<std::thread> threads_;
};

}  // namespace quittance::e2e
