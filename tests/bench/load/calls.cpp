// One object per call, freed when it has ended.
#include "tests/bench/load/calls.h"

#include <grpcpp/alarm.h>

#include <fstream>

#include "quittance/billing/v1/billing.grpc.pb.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"
#include "tests/bench/load/stubs.h"

namespace quittance::bench {
namespace {

constexpr std::chrono::seconds kDeadline{10};
constexpr std::chrono::milliseconds kRetryPause{50};
constexpr std::chrono::seconds kRetryMax{60};  // an operation is given up then

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

class Intents {
 public:
  Intents(const std::vector<Tenant>& fleet, const CallLoad& load)
      : fleet_(fleet), load_(load), stubs_(Stubs<billing::v1::BillingService>(load)) {}

  void Begin(std::uint64_t index, Done done) {
    auto* call = new Call{index, &fleet_[index % fleet_.size()], std::move(done)};
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
    billing::v1::PaymentIntent response = {};
    std::unique_ptr<grpc::ClientContext> context = nullptr;
    grpc::Alarm alarm = {};
    Clock::time_point begin = Clock::now();
  };

  void Send(Call* call) {
    call->context = std::make_unique<grpc::ClientContext>();
    call->context->set_deadline(std::chrono::system_clock::now() + kDeadline);
    call->context->AddMetadata("authorization", "Bearer " + call->tenant->token);
    call->response.Clear();
    auto* stub = stubs_[call->index % stubs_.size()].get();
    stub->async()->CreatePaymentIntent(call->context.get(), &call->request, &call->response,
                                       [this, call](const grpc::Status& status) { Answered(call, status); });
  }

  void Answered(Call* call, const grpc::Status& status) {
    if (load_.retry && Retryable(status.error_code()) && Clock::now() - call->begin < kRetryMax) {
      call->alarm.Set(std::chrono::system_clock::now() + kRetryPause, [this, call](bool) { Send(call); });
      return;
    }
    std::unique_ptr<Call> owned(call);
    Ended ended{status.ok(), status.ok() ? "" : Why(status)};
    if (status.ok() && load_.check) {
      const bool replayed = call->context->GetServerInitialMetadata().count("idempotent-replayed") > 0;
      const bool right = call->response.reference() == call->request.reference() && call->response.user_id() == call->request.user_id();
      if (!right) ended = {false, "another answer than asked for"};
      if (replayed != (load_.keys > 0) && !load_.retry) ended = {false, replayed ? "a replay of a fresh key" : "no replay"};
    }
    if (ended.ok && !load_.acknowledged.empty()) {
      const std::lock_guard lock(mutex_);
      acknowledged_.emplace_back(call->request.request_id(), call->response.id());
    }
    call->done(std::move(ended));
  }

  const std::vector<Tenant>& fleet_;
  const CallLoad load_;
  std::vector<std::unique_ptr<billing::v1::BillingService::Stub>> stubs_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> acknowledged_;
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
  struct Call {
    grpc::ClientContext context;
    subscriptions::v1::ListSubscriptionsRequest request;
    subscriptions::v1::ListSubscriptionsResponse response;
  };
  const auto stubs = Stubs<subscriptions::v1::SubscriptionService>(load);
  const Start start = [&](std::uint64_t index, const Done& done) {
    const Tenant& tenant = fleet[index % fleet.size()];
    auto* call = new Call;
    call->context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    call->context.AddMetadata("authorization", "Bearer " + tenant.token);
    call->request.set_user_id(tenant.user);
    stubs[index % stubs.size()]->async()->ListSubscriptions(&call->context, &call->request, &call->response,
                                                            [call, done](const grpc::Status& status) {
                                                              const std::unique_ptr<Call> owned(call);
                                                              done({status.ok(), status.ok() ? "" : Why(status)});
                                                            });
  };
  return Drive(offer, start, load.timeline);
}

}  // namespace quittance::bench
