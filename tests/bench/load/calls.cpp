// One object per call, freed when it has ended. The client is a lean one: grpc++'s would take a third as much CPU as an intent does in the
// stack that is measured on the same cores.
#include "tests/bench/load/calls.h"

#include <fstream>
#include <memory>
#include <mutex>

#include "quittance/billing/v1/billing.pb.h"
#include "quittance/subscriptions/v1/subscriptions.pb.h"
#include "tests/bench/load/stubs.h"
#include "tests/bench/load/unary.h"

namespace quittance::bench {
namespace {

constexpr std::chrono::seconds kDeadline{10};
constexpr std::chrono::milliseconds kRetryPause{50};
constexpr std::chrono::seconds kRetryMax{60};  // an operation is given up then
constexpr const char* kCreatePaymentIntent = "/quittance.billing.v1.BillingService/CreatePaymentIntent";
constexpr const char* kListSubscriptions = "/quittance.subscriptions.v1.SubscriptionService/ListSubscriptions";

bool Retryable(grpc::StatusCode code) {
  return code == grpc::UNAVAILABLE || code == grpc::RESOURCE_EXHAUSTED || code == grpc::ABORTED || code == grpc::DEADLINE_EXCEEDED;
}

// Spreads numbers that follow each other (splitmix64).
std::uint64_t Scattered(std::uint64_t number) {
  number += 0x9E3779B97F4A7C15U;
  number = (number ^ (number >> 30U)) * 0xBF58476D1CE4E5B9U;
  number = (number ^ (number >> 27U)) * 0x94D049BB133111EBU;
  return number ^ (number >> 31U);
}

std::string InDigits(std::string_view sixteen, std::uint64_t number, std::size_t count) {
  std::string text(count, sixteen[0]);
  for (auto at = text.rbegin(); at != text.rend(); ++at, number >>= 4U) *at = sixteen[number & 15U];
  return text;
}

Headers Authorization(const Tenant& tenant) { return {{"authorization", "Bearer " + tenant.token}}; }

class Intents {
 public:
  Intents(const std::vector<Tenant>& fleet, const CallLoad& load)
      : fleet_(fleet), load_(load), client_(load.target, static_cast<std::size_t>(load.channels)) {}

  void Begin(std::uint64_t index, Done done) {
    auto call = std::make_shared<Call>(Call{index, &fleet_[index % fleet_.size()], std::move(done)});
    const std::uint64_t number = load_.keys > 0 ? index % load_.keys : index;
    if (load_.keys > 0) call->tenant = &fleet_[number % fleet_.size()];
    std::string key = load_.run + "-" + std::to_string(number);
    std::string user = call->tenant->user;
    if (load_.users > 0) {
      const std::uint64_t scattered = Scattered(std::hash<std::string>()(key));
      key = InDigits("abcdefghijklmnop", scattered, 16) + "-" + key;  // letters: a reference must not look like a card number
      user = "usr_01990000000070008000" + InDigits("0123456789abcdef", 1 + Scattered(scattered) % load_.users, 12);
    }
    call->request.set_request_id(key);
    call->request.set_user_id(user);
    call->request.set_reference(key);
    call->request.mutable_amount()->set_amount_minor(1990);
    call->request.mutable_amount()->set_currency_code("EUR");
    call->request.set_connection("manual");
    Send(call);
  }

  void Write(const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::ofstream file(path);
    for (const auto& [key, id] : acknowledged_) file << key << "\t" << id << "\n";
  }

 private:
  struct Call {
    std::uint64_t index;
    const Tenant* tenant;
    Done done;
    billing::v1::CreatePaymentIntentRequest request = {};
    Clock::time_point begin = Clock::now();
  };

  using CallPtr = std::shared_ptr<Call>;

  void Send(const CallPtr& call) {
    client_.Call(call->index % static_cast<std::size_t>(load_.channels), kCreatePaymentIntent, call->request.SerializeAsString(),
                 Authorization(*call->tenant), kDeadline, [this, call](const Reply& reply) { Answered(call, reply); });
  }

  void Answered(const CallPtr& call, const Reply& reply) {
    if (load_.retry && Retryable(reply.status.error_code()) && Clock::now() - call->begin < kRetryMax) {
      client_.After(kRetryPause, [this, call] { Send(call); });
      return;
    }
    billing::v1::PaymentIntent response;
    Ended ended{reply.status.ok(), reply.status.ok() ? "" : Why(reply.status)};
    if (ended.ok && !response.ParseFromString(reply.message)) ended = {false, "an answer that is no payment intent"};
    if (ended.ok && load_.check) {
      const bool replayed = reply.Has("idempotent-replayed");
      const bool right = response.reference() == call->request.reference() && response.user_id() == call->request.user_id();
      if (!right) ended = {false, "another answer than asked for"};
      if (replayed != (load_.keys > 0) && !load_.retry) ended = {false, replayed ? "a replay of a fresh key" : "no replay"};
    }
    if (ended.ok && !load_.acknowledged.empty()) {
      const std::lock_guard lock(mutex_);
      acknowledged_.emplace_back(call->request.request_id(), response.id());
    }
    call->done(std::move(ended));
  }

  const std::vector<Tenant>& fleet_;
  const CallLoad load_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> acknowledged_;
  UnaryClient client_;  // goes first: nobody is answered after it
};

}  // namespace

Json CreateIntents(const std::vector<Tenant>& fleet, const CallLoad& load, const Offer& offer) {
  Intents intents(fleet, load);
  const Start start = [&intents](std::uint64_t index, Done done) { intents.Begin(index, std::move(done)); };
  Json report = Drive(offer, start, load.timeline);
  if (!load.acknowledged.empty()) intents.Write(load.acknowledged);
  return report;
}

Json ListSubscriptions(const std::vector<Tenant>& fleet, const CallLoad& load, const Offer& offer) {
  const auto connections = static_cast<std::size_t>(load.channels);
  UnaryClient client(load.target, connections);
  const Start start = [&](std::uint64_t index, const Done& done) {
    const Tenant& tenant = fleet[index % fleet.size()];
    subscriptions::v1::ListSubscriptionsRequest request;
    request.set_user_id(tenant.user);
    client.Call(index % connections, kListSubscriptions, request.SerializeAsString(), Authorization(tenant), kDeadline,
                [done](const Reply& reply) {
                  subscriptions::v1::ListSubscriptionsResponse response;
                  const bool ok = reply.status.ok() && response.ParseFromString(reply.message);
                  done({ok, ok ? "" : Why(reply.status)});
                });
  };
  return Drive(offer, start, load.timeline);
}

}  // namespace quittance::bench
