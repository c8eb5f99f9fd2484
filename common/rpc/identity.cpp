// The token of this process. Invariant: one exchange at a time, all that wait share its outcome; after a failure nobody asks again at once.
#include <algorithm>
#include <mutex>
#include <vector>

#include "common/core/fault.h"
#include "common/log/log.h"
#include "common/rpc/channel.h"
#include "quittance/auth/v1/auth.grpc.pb.h"

namespace quittance::rpc {

namespace {

using auth::v1::ExchangeClientCredentialsRequest;
using auth::v1::TokenPair;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kExchangeTimeout{5000};
constexpr std::chrono::seconds kPauseDown{1};      // auth is down
constexpr std::chrono::seconds kPauseRefused{10};  // the credentials were refused: only a new configuration helps
constexpr std::chrono::seconds kRemnantMin{5};     // of a token's life, below which it is not handed out

}  // namespace

struct Identity::Impl : std::enable_shared_from_this<Identity::Impl> {
  using Outcome = async::Outcome<std::string>;
  using Complete = std::function<void(Outcome)>;

  Impl(ClientOptions client, async::Executor& on) : options(std::move(client)), executor(on) {
    stub = auth::v1::AuthService::NewStub(MakeChannel(options.auth_target));
  }

  // A token that may be handed out now, or the fault of a pause; both empty: an exchange is needed.
  Outcome Ready(const std::string& rejected, SteadyTime now) {
    if (!token.empty() && token != rejected && now < expires - kRemnantMin) {
      // Past two thirds of its life it is renewed in the background, and still handed out meanwhile.
      if (now >= renew_at && !running && now >= pause_until) Begin();
      return {nullptr, token};
    }
    if (now < pause_until) return {std::make_exception_ptr(Fault(failure)), std::nullopt};
    return {nullptr, std::nullopt};
  }

  void Begin() {
    running = true;
    executor.Spawn(Run(shared_from_this()));
  }

  static Task<void> Run(std::shared_ptr<Impl> self);
  void Taken(const grpc::Status& status, const TokenPair& pair);

  const ClientOptions options;
  async::Executor& executor;
  std::unique_ptr<auth::v1::AuthService::Stub> stub;

  std::mutex mutex;
  std::vector<Complete> waiting;
  bool running = false;
  std::string token;
  SteadyTime renew_at{}, expires{}, pause_until{};
  std::string failure;
};

Task<void> Identity::Impl::Run(std::shared_ptr<Impl> self) {
  ExchangeClientCredentialsRequest request;
  request.set_client_id(self->options.client_id);
  request.set_client_secret(std::string(self->options.client_secret.Reveal()));
  TokenPair pair;
  const Starter<ExchangeClientCredentialsRequest, TokenPair> start = [self](auto* context, auto* asked, auto* answer, auto done) {
    self->stub->async()->ExchangeClientCredentials(context, asked, answer, std::move(done));
  };
  const std::string no_token;
  const Cause cause;
  grpc::Status status =
      co_await Exchange<ExchangeClientCredentialsRequest, TokenPair>(start, request, pair, no_token, cause, kExchangeTimeout);
  self->Taken(status, pair);
}

void Identity::Impl::Taken(const grpc::Status& status, const TokenPair& pair) {
  const SteadyTime now = steady_clock::now();
  std::vector<Complete> told;
  Outcome outcome;
  {
    const std::lock_guard lock(mutex);
    running = false;
    told.swap(waiting);
    if (status.ok()) {
      const std::chrono::seconds life(pair.expires_in());
      token = pair.access_token();
      renew_at = now + life * 2 / 3;
      expires = now + life;
      pause_until = {};
      outcome.value = token;
    } else {
      const bool down = status.error_code() == grpc::StatusCode::UNAVAILABLE || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
      failure = "no token from auth: " + std::string(CodeName(status.error_code()));
      pause_until = now + (down ? kPauseDown : kPauseRefused);
      outcome.fault = std::make_exception_ptr(Fault(failure));
    }
  }
  if (!status.ok()) log::Warn("token not renewed", {{"code", CodeName(status.error_code())}});
  for (Complete& complete : told) complete(outcome);
}

Identity::Identity(ClientOptions options, async::Executor& executor) : impl_(std::make_shared<Impl>(std::move(options), executor)) {}
Identity::~Identity() = default;

Task<std::string> Identity::Token(std::string rejected) {
  const std::shared_ptr<Impl> impl = impl_;
  std::function<void(Impl::Complete)> begin = [impl, rejected](Impl::Complete complete) {
    Impl::Outcome ready;
    {
      const std::lock_guard lock(impl->mutex);
      ready = impl->Ready(rejected, steady_clock::now());
      if (!ready.value && !ready.fault) {
        impl->waiting.push_back(std::move(complete));
        if (!impl->running) impl->Begin();
        return;
      }
    }
    complete(std::move(ready));
  };
  std::string token = co_await async::Suspend<std::string>(begin);
  co_return token;
}

}  // namespace quittance::rpc
