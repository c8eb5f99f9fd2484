// Outgoing webhooks and bot updates: sent until the receiver answers 2xx, in the manner that was asked for.
// Invariant: each try is signed anew at its own time, as Stripe does; nothing that was posted is forgotten while the sandbox runs.
#pragma once

#include <functional>

#include "common/async/executor.h"
#include "common/http/client.h"
#include "tests/sandbox/state.h"

namespace quittance::sandbox {

struct Webhook {
  std::string psp;
  std::string type;
  std::string id;
  std::string url;
  std::string body;
  std::function<std::vector<http::Header>(TimePoint now)> headers;
};

struct Manner {
  int duplicates = 1;  // copies in all
  bool shuffle = false;
  std::chrono::milliseconds delay{0};
  bool hold = false;
};

class Deliveries {
 public:
  Deliveries(State& state, async::Executor& executor, http::Client& client) : state_(state), executor_(executor), client_(client) {}

  void Post(Webhook webhook);
  void SetManner(Manner manner);  // without hold: what was held goes, each in the manner of its time
  Json Results() const;

 private:
  struct Result;
  void Start(Webhook webhook, const Manner& manner);
  Task<void> Send(std::shared_ptr<Webhook> webhook, std::shared_ptr<Result> result, std::chrono::milliseconds delay);

  State& state_;
  async::Executor& executor_;
  http::Client& client_;
  Manner manner_;
  std::vector<std::pair<Webhook, Manner>> held_;
  std::deque<std::shared_ptr<Result>> results_;
};

}  // namespace quittance::sandbox
