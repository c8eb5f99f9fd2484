// The body of deliveries.h; the invariant it keeps stands there.
#include "tests/sandbox/deliveries.h"

#include <random>

namespace quittance::sandbox {
namespace {

constexpr std::chrono::milliseconds kFirstRetry{500};
constexpr std::chrono::milliseconds kRetryMax{5000};
constexpr std::chrono::milliseconds kShuffleWindow{250};
constexpr std::chrono::milliseconds kTimeout{15'000};

std::chrono::milliseconds RandomUpTo(std::chrono::milliseconds window) {
  static std::mt19937 generator{std::random_device{}()};
  return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, window.count())(generator));
}

}  // namespace

struct Deliveries::Result {
  std::string psp, type, id, url;
  TimePoint at;
  int attempts = 0;
  int status = 0;  // of the last try; 0: no answer
  std::string answer;
};

void Deliveries::Post(Webhook webhook) {
  if (webhook.url.empty()) return;  // an account without a webhook endpoint
  if (manner_.hold) {
    held_.emplace_back(std::move(webhook), manner_);
  } else {
    Start(std::move(webhook), manner_);
  }
}

void Deliveries::SetManner(Manner manner) {
  manner_ = manner;
  if (manner_.hold) return;
  std::vector<std::pair<Webhook, Manner>> held;
  held.swap(held_);
  for (auto& [webhook, at_its_time] : held) Start(std::move(webhook), at_its_time);
}

void Deliveries::Start(Webhook webhook, const Manner& manner) {
  auto shared = std::make_shared<Webhook>(std::move(webhook));
  for (int copy = 0; copy < manner.duplicates; ++copy) {
    auto result = std::make_shared<Result>();
    *result = {shared->psp, shared->type, shared->id, shared->url, state_.clock.Now(), 0, 0, ""};
    Keep(results_, result);
    const auto delay = manner.delay + (manner.shuffle ? RandomUpTo(kShuffleWindow) : std::chrono::milliseconds(0));
    executor_.Spawn(Send(shared, result, delay));
  }
}

Task<void> Deliveries::Send(std::shared_ptr<Webhook> webhook, std::shared_ptr<Result> result, std::chrono::milliseconds delay) {
  co_await state_.Pause(delay);
  auto retry = kFirstRetry;
  while (!state_.stopping) {
    http::Request request{.target = "webhook",
                          .method = "POST",
                          .url = webhook->url,
                          .headers = webhook->headers(state_.clock.Now()),
                          .body = webhook->body,
                          .timeout = kTimeout};
    const http::Outcome outcome = co_await client_.Send(std::move(request));
    const auto* response = std::get_if<http::Response>(&outcome);
    result->attempts += 1;
    result->status = response ? response->status : 0;
    result->answer = response ? response->body : std::get<http::Failure>(outcome).what;
    if (response && response->status / 100 == 2) break;
    co_await state_.Pause(retry);
    retry = std::min(2 * retry, kRetryMax);
  }
}

Json Deliveries::Results() const {
  Json items = Json::array();
  for (const auto& result : results_) {
    items.push_back({{"psp", result->psp},
                     {"type", result->type},
                     {"id", result->id},
                     {"url", result->url},
                     {"at", FormatRfc3339(result->at)},
                     {"attempts", result->attempts},
                     {"status", result->status},
                     {"answer", result->answer},
                     {"done", result->status / 100 == 2}});
  }
  return items;
}

}  // namespace quittance::sandbox
