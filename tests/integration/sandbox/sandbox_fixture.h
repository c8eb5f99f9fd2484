// A sandbox in this process on a clock that stands still, a receiver for its webhooks, and a client to call it with.
#pragma once

#include <gtest/gtest.h>

#include <mutex>

#include "common/async/executor.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "tests/sandbox/sandbox.h"
#include "tests/sandbox/state.h"

namespace quittance::sandbox {

class SandboxTest : public ::testing::Test {
 protected:
  SandboxTest() {
    receiver_.Listen("127.0.0.1:0");
    sandbox_.Start("127.0.0.1:0", "127.0.0.1:0");
  }

  struct Answer {
    int status = 0;  // 0: no answer
    Json body;
    std::string replayed;
  };

  Answer Call(const std::string& method, const std::string& path, const std::string& body = "", std::vector<http::Header> headers = {},
              std::chrono::milliseconds timeout = std::chrono::seconds(3)) {
    http::Request request{
        .target = "sandbox", .method = method, .url = Url(path), .headers = std::move(headers), .body = body, .timeout = timeout};
    const http::Outcome outcome = async::RunSync(executor_, client_.Send(std::move(request)));
    const auto* response = std::get_if<http::Response>(&outcome);
    if (response == nullptr) return {};
    return {response->status, Json::parse(response->body, nullptr, false), std::string(response->HeaderValue("idempotent-replayed"))};
  }
  Answer Control(const std::string& path, const Json& command) { return Call("POST", "/control/" + path, command.dump()); }
  Json Items(const std::string& path) { return Call("GET", "/control/" + path).body.at("items"); }
  std::string Url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(sandbox_.http_port()) + path; }
  std::string HookUrl() const { return "http://127.0.0.1:" + std::to_string(receiver_.port()) + "/hook"; }

  // The webhooks that arrived, once there are `count` of them (or a second has passed).
  std::vector<http::ServerRequest> Arrived(std::size_t count) {
    for (int i = 0; i < 200; ++i) {
      {
        std::scoped_lock lock(mutex_);
        if (arrived_.size() >= count) return arrived_;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::scoped_lock lock(mutex_);
    return arrived_;
  }
  void Forget() {
    std::scoped_lock lock(mutex_);
    arrived_.clear();
  }
  // The types of what arrived, sorted: the order of webhooks is nobody's promise.
  std::vector<std::string> Types(std::size_t count) {
    std::vector<std::string> types;
    for (const auto& webhook : Arrived(count)) types.push_back(Json::parse(webhook.body).at("type"));
    std::sort(types.begin(), types.end());
    return types;
  }

  Task<http::ServerResponse> Take(http::ServerRequest request) {
    std::scoped_lock lock(mutex_);
    arrived_.push_back(std::move(request));
    http::ServerResponse answer;
    answer.status = refusals_-- > 0 ? 503 : 200;
    co_return answer;
  }

  ManualClock clock_{FromUnixSeconds(1'700'000'000)};
  async::Executor executor_{1};
  metrics::Registry metrics_;
  http::Client client_{metrics_};
  std::mutex mutex_;
  std::vector<http::ServerRequest> arrived_;
  int refusals_ = 0;
  http::Server receiver_{executor_,
                         {.name = "receiver"},
                         {{"POST", "/hook", 1 << 20, [this](const http::ServerRequest& request) { return Take(request); }}},
                         metrics_};
  Sandbox sandbox_{clock_};
};

}  // namespace quittance::sandbox
