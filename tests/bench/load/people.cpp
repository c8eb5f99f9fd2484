// See people.h. One object per call, freed when it has ended.
#include "tests/bench/load/people.h"

#include <grpcpp/alarm.h>

#include <atomic>
#include <deque>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>

#include "tests/bench/load/stubs.h"

namespace quittance::bench {
namespace {

constexpr std::chrono::seconds kAuthDeadline{20};
constexpr const char* kPassword = "une phrase assez longue";
constexpr std::string_view kRefreshPrefix = "qrt_";

std::string Address(const Tenant& tenant, int number) { return "person-" + std::to_string(number) + "@" + tenant.code + ".example"; }

// A network of its own for every call.
std::string NextClient() {
  static std::atomic<std::uint32_t> next{0};
  const std::uint32_t number = next++;
  char text[40];
  std::snprintf(text, sizeof text, "2001:db8:%x:%x::1", number >> 16, number & 0xffff);
  return text;
}

std::unique_ptr<grpc::ClientContext> ContextFor(const Tenant& tenant) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + kAuthDeadline);
  context->set_wait_for_ready(true);  // for its connection, while a server under load makes it
  context->AddMetadata("authorization", "Bearer " + tenant.token);
  return context;
}

// Who is free, in the order of coming back.
class Turns {
 public:
  explicit Turns(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) free_.push_back(i);
  }
  std::size_t Take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) throw std::logic_error("more in flight than there are people or sessions");
    const std::size_t first = free_.front();
    free_.pop_front();
    return first;
  }
  void Return(std::size_t index) {
    const std::lock_guard lock(mutex_);
    free_.push_back(index);
  }

 private:
  std::mutex mutex_;
  std::deque<std::size_t> free_;
};

class Crowd {
 public:
  Crowd(const Tenant& tenant, const CallLoad& load, const Offer& offer, int people)
      : tenant_(tenant),
        stubs_(Stubs<auth::v1::AuthService>(load)),
        end_(Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(offer.seconds))),
        devices_(static_cast<std::size_t>(people)),
        turns_(static_cast<std::size_t>(people)) {}

  void Begin(std::uint64_t index, Done done) {
    auto* call = new Call{index, turns_.Take(), std::move(done)};
    call->request.set_tenant(tenant_.code);
    call->request.set_email(Address(tenant_, static_cast<int>(call->person)));
    call->request.set_password(kPassword);
    call->request.set_device_token(devices_[call->person]);
    Send(call);
  }

  void AddTo(Json& report) {
    const std::lock_guard lock(mutex_);
    report["tries"] = tries_;
    report["told_to_wait"] = told_;
  }

 private:
  struct Call {
    std::uint64_t index;
    std::size_t person;
    Done done;
    auth::v1::LoginRequest request = {};
    auth::v1::LoginResponse response = {};
    std::unique_ptr<grpc::ClientContext> context = nullptr;
    grpc::Alarm alarm = {};
  };

  void Send(Call* call) {
    call->context = ContextFor(tenant_);
    call->context->AddMetadata("quittance-client-address", NextClient());
    call->response.Clear();
    stubs_[call->index % stubs_.size()]->async()->Login(call->context.get(), &call->request, &call->response,
                                                        [this, call](const grpc::Status& status) { Answered(call, status); });
  }

  void Answered(Call* call, const grpc::Status& status) {
    const e2e::Details details = e2e::DetailsOf(status);
    {
      const std::lock_guard lock(mutex_);
      ++tries_;
      if (details.retry_hint) ++told_[details.reason];
    }
    if (!status.ok() && details.retry_hint) return ComeAgain(call, details.retry_after);
    Ended ended{status.ok(), status.ok() ? "" : Why(status)};
    const auto& tokens = call->response.tokens();
    if (status.ok() && (tokens.access_token().empty() || !tokens.refresh_token().starts_with(kRefreshPrefix)))
      ended = {false, "a login without tokens"};
    if (ended.ok) devices_[call->person] = call->response.device_token();
    End(call, std::move(ended));
  }

  // When it was told to. Whoever would come after the end waits for the end: gone before, somebody else would come at once in their place.
  void ComeAgain(Call* call, std::chrono::milliseconds after) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now());
    const bool over = after >= left;
    call->alarm.Set(std::chrono::system_clock::now() + std::max(std::chrono::milliseconds(0), std::min(after, left)), [=, this](bool) {
      if (over) return End(call, {false, "over"});
      Send(call);
    });
  }

  void End(Call* call, Ended ended) {
    const std::unique_ptr<Call> owned(call);
    turns_.Return(call->person);
    call->done(std::move(ended));
  }

  const Tenant& tenant_;
  std::vector<std::unique_ptr<auth::v1::AuthService::Stub>> stubs_;
  const Clock::time_point end_;
  std::vector<std::string> devices_;  // of each person; touched by whoever has the turn
  Turns turns_;
  std::mutex mutex_;
  std::uint64_t tries_ = 0;
  std::map<std::string, std::uint64_t> told_;
};

class Rotation {
 public:
  Rotation(const Tenant& tenant, const CallLoad& load, std::vector<std::string> tokens)
      : tenant_(tenant), stubs_(Stubs<auth::v1::AuthService>(load)), tokens_(std::move(tokens)), turns_(tokens_.size()) {}

  void Begin(std::uint64_t index, Done done) {
    auto* call = new Call{turns_.Take(), std::move(done)};
    call->request.set_refresh_token(tokens_[call->session]);
    call->context = ContextFor(tenant_);
    stubs_[index % stubs_.size()]->async()->RefreshToken(call->context.get(), &call->request, &call->response,
                                                         [this, call](const grpc::Status& status) { Answered(call, status); });
  }

 private:
  struct Call {
    std::size_t session;
    Done done;
    auth::v1::RefreshTokenRequest request = {};
    auth::v1::TokenPair response = {};
    std::unique_ptr<grpc::ClientContext> context = nullptr;
  };

  void Answered(Call* call, const grpc::Status& status) {
    const std::unique_ptr<Call> owned(call);
    Ended ended{status.ok(), status.ok() ? "" : Why(status)};
    std::string& token = tokens_[call->session];
    const std::string& next = call->response.refresh_token();
    if (status.ok() && (call->response.access_token().empty() || next == token || !next.starts_with(kRefreshPrefix)))
      ended = {false, "a rotation without a successor"};
    if (ended.ok) token = next;
    turns_.Return(call->session);
    call->done(std::move(ended));
  }

  const Tenant& tenant_;
  std::vector<std::unique_ptr<auth::v1::AuthService::Stub>> stubs_;
  std::vector<std::string> tokens_;  // the newest of each session; touched by whoever has the turn
  Turns turns_;
};

}  // namespace

void MakePeople(e2e::Stack& stack, const Tenant& tenant, int count) {
  for (int i = 0; i < count; ++i) {
    auth::v1::CreateUserRequest request;
    request.set_email(Address(tenant, i));
    request.set_request_id("person-" + request.email());
    request.set_locale("fr");
    const auto made = e2e::Call(stack.users(), &auth::v1::UserService::Stub::CreateUser, tenant.token, request);
    if (!made.ok()) throw std::runtime_error("CreateUser: " + made.status.error_message());
  }
  auth::v1::SignUpRequest sign_up;
  sign_up.set_tenant(tenant.code);
  sign_up.set_email("first@" + tenant.code + ".example");
  sign_up.set_password(kPassword);
  const auto signed_up = e2e::Call(stack.login(), &auth::v1::AuthService::Stub::SignUp, tenant.token, sign_up,
                                   {{"quittance-client-address", "2001:db8:ffff:" + e2e::RandomHex(4) + "::1"}});
  if (!signed_up.ok()) throw std::runtime_error("SignUp: " + signed_up.status.error_message());
}

Json LogIn(const Tenant& tenant, const CallLoad& load, const Offer& offer, int people) {
  auto* crowd = new Crowd(tenant, load, offer, people);  // left alive: calls that never ended may still come
  const Start start = [crowd](std::uint64_t index, Done done) { crowd->Begin(index, std::move(done)); };
  Json report = Drive(offer, start, load.timeline);
  crowd->AddTo(report);
  return report;
}

Json RotateTokens(const Tenant& tenant, const CallLoad& load, const Offer& offer, const std::string& file) {
  std::vector<std::string> tokens;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) tokens.push_back(line);
  }
  auto* rotation = new Rotation(tenant, load, std::move(tokens));
  const Start start = [rotation](std::uint64_t index, Done done) { rotation->Begin(index, std::move(done)); };
  return Drive(offer, start, load.timeline);
}

Json GetUsers(const std::vector<Tenant>& fleet, const CallLoad& load, const Offer& offer) {
  struct Asked {
    std::unique_ptr<grpc::ClientContext> context;
    auth::v1::GetUserRequest request = {};
    auth::v1::User response = {};
  };
  const auto stubs = Stubs<auth::v1::UserService>(load);
  const Start start = [&](std::uint64_t index, const Done& done) {
    const Tenant& tenant = fleet[index % fleet.size()];
    auto* call = new Asked{ContextFor(tenant)};
    call->request.set_user_id(tenant.user);
    stubs[index % stubs.size()]->async()->GetUser(call->context.get(), &call->request, &call->response,
                                                  [call, done](const grpc::Status& status) {
                                                    const std::unique_ptr<Asked> owned(call);
                                                    const bool right = status.ok() && call->response.id() == call->request.user_id();
                                                    done({right, right ? "" : Why(status)});
                                                  });
  };
  return Drive(offer, start, load.timeline);
}

}  // namespace quittance::bench
