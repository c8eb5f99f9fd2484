// One object per call, freed when it has ended. The client is a lean one: grpc++'s takes several times the CPU, on the cores that are
// measured.
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

// One for each tenant.
std::vector<RequestHeadPtr> Heads(const std::vector<Tenant>& fleet, const char* path) {
  std::vector<RequestHeadPtr> heads;
  for (const Tenant& tenant : fleet)
    heads.push_back(std::make_shared<RequestHead>(RequestHead{path, {{"authorization", "Bearer " + tenant.token}}}));
  return heads;
}

template <class Message>
bool Parse(const Reply& reply, Message& message) {
  return message.ParseFromArray(reply.message().data(), static_cast<int>(reply.message().size()));
}

class Intents {
 public:
  Intents(const std::vector<Tenant>& fleet, const CallLoad& load)
      : fleet_(fleet),
        heads_(Heads(fleet, kCreatePaymentIntent)),
        load_(load),
        client_(load.target, static_cast<std::size_t>(load.channels)) {}

  void Begin(std::uint64_t index, Done done) {
    const std::uint64_t number = load_.keys > 0 ? index % load_.keys : index;
    const std::size_t tenant = number % fleet_.size();
    std::string key = load_.run + "-" + std::to_string(number);
    std::string user = fleet_[tenant].user;
    if (load_.users > 0) {
      const std::uint64_t scattered = Scattered(std::hash<std::string>()(key));
      key = InDigits("abcdefghijklmnop", scattered, 16) + "-" + key;  // letters: a reference must not look like a card number
      user = "usr_01990000000070008000" + InDigits("0123456789abcdef", 1 + Scattered(scattered) % load_.users, 12);
    }
    std::string request = RequestFor(key, user);
    Send(new Call{index % static_cast<std::size_t>(load_.channels), tenant, std::move(done), std::move(key), std::move(user),
                  std::move(request)});
  }

  void Write(const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::ofstream file(path);
    for (const auto& [key, id] : acknowledged_) file << key << "\t" << id << "\n";
  }

 private:
  struct Call {
    std::size_t connection;
    std::size_t tenant;
    Done done;
    std::string key;
    std::string user;
    std::string request;  // in its frame
    Clock::time_point begin = Clock::now();
  };

  static std::string RequestFor(const std::string& key, const std::string& user) {
    static thread_local billing::v1::CreatePaymentIntentRequest request;  // what it has allocated serves the next
    request.set_request_id(key);
    request.set_user_id(user);
    request.set_reference(key);
    request.mutable_amount()->set_amount_minor(1990);
    request.mutable_amount()->set_currency_code("EUR");
    request.set_connection("manual");
    return Framed(request);
  }

  void Send(Call* call) {
    client_.Call(call->connection, heads_[call->tenant], call->request, kDeadline,
                 [this, call](const Reply& reply) { Answered(call, reply); });
  }

  void Answered(Call* call, const Reply& reply) {
    if (load_.retry && Retryable(reply.status.error_code()) && Clock::now() - call->begin < kRetryMax) {
      client_.After(kRetryPause, [this, call] { Send(call); });
      return;
    }
    const std::unique_ptr<Call> owned(call);
    Ended ended{reply.status.ok(), reply.status.ok() ? "" : Why(reply.status)};
    if (ended.ok && !Parse(reply, response_)) ended = {false, "an answer that is no payment intent"};
    if (ended.ok && load_.check) {
      const bool replayed = reply.Has("idempotent-replayed");
      const bool right = response_.reference() == call->key && response_.user_id() == call->user;
      if (!right) ended = {false, "another answer than asked for"};
      if (replayed != (load_.keys > 0) && !load_.retry) ended = {false, replayed ? "a replay of a fresh key" : "no replay"};
    }
    if (ended.ok && !load_.acknowledged.empty()) {
      const std::lock_guard lock(mutex_);
      acknowledged_.emplace_back(call->key, response_.id());
    }
    call->done(std::move(ended));
  }

  const std::vector<Tenant>& fleet_;
  const std::vector<RequestHeadPtr> heads_;
  const CallLoad load_;
  billing::v1::PaymentIntent response_;  // of the answer at hand: they come one by one, on the client's thread
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
  const auto heads = Heads(fleet, kListSubscriptions);
  UnaryClient client(load.target, connections);
  const Start start = [&](std::uint64_t index, const Done& done) {
    subscriptions::v1::ListSubscriptionsRequest request;
    request.set_user_id(fleet[index % fleet.size()].user);
    client.Call(index % connections, heads[index % fleet.size()], Framed(request), kDeadline, [done](const Reply& reply) {
      subscriptions::v1::ListSubscriptionsResponse response;
      const bool ok = reply.status.ok() && Parse(reply, response);
      done({ok, ok ? "" : Why(reply.status)});
    });
  };
  return Drive(offer, start, load.timeline);
}

}  // namespace quittance::bench
