// One call through the edge. Order on the way in: policy, token, scopes, address, limit, key, deadline. A refusal at one step means that no
// later step was taken, so nothing is looked up for a caller who may not ask.
#include <grpcpp/grpcpp.h>

#include <google/protobuf/message.h>

#include <algorithm>

#include "common/core/text.h"
#include "common/log/log.h"
#include "common/rpc/edge_impl.h"
#include "common/rpc/fingerprint.h"
#include "common/rpc/status.h"
#include "common/trace/context.h"

namespace quittance::rpc {

namespace {

using std::chrono::steady_clock;

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kClientAddress = "quittance-client-address";

std::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// A gRPC deadline is system time and may be infinite; ours is steady and kDeadlineMax away at most.
SteadyTime DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto now = steady_clock::now();
  const auto left = context.deadline() - std::chrono::system_clock::now();
  return now + std::min<steady_clock::duration>(std::chrono::duration_cast<steady_clock::duration>(left), kDeadlineMax);
}

bool HoldsOneOf(const Caller& caller, const options::v1::MethodPolicy& policy) {
  for (const std::string& scope : policy.scopes()) {
    if (caller.HasScope(scope)) return true;
  }
  return false;
}

// Whether the policy opens the method for this caller.
bool Opens(const options::v1::MethodPolicy& policy, const Caller& caller) {
  switch (policy.access()) {
    case options::v1::ACCESS_ANONYMOUS:
      return true;
    case options::v1::ACCESS_TENANT:
      return caller.tenant_wide || (policy.own() && caller.kind == Caller::Kind::kUser);
    case options::v1::ACCESS_PROCESS:
      return caller.tenant_wide && caller.kind == Caller::Kind::kServiceAccount;
    case options::v1::ACCESS_PLATFORM:
      return caller.tenant_wide;
    default:
      return false;
  }
}

constexpr std::chrono::minutes kProofLife{15};

// A person's own proof, as the token tells it; machines have none and need none.
bool ProvedEnough(const options::v1::MethodPolicy& policy, const Caller& caller, TimePoint now) {
  if (caller.kind != Caller::Kind::kUser || policy.step_up() == options::v1::STEP_UP_UNSPECIFIED) return true;
  if (!caller.authenticated || now >= *caller.authenticated + kProofLife) return false;
  return caller.second_factor || policy.step_up() == options::v1::STEP_UP_RECENT;
}

// A tenant in maintenance: its operators, our processes and rpcs before login (who may come in is then looked at again) go on.
bool ClosedFor(const TrustState& state, const options::v1::MethodPolicy& policy, const Caller& caller) {
  if (policy.access() != options::v1::ACCESS_TENANT) return false;
  const TenantInfo* tenant = state.Find(caller.tenant);
  if (tenant == nullptr || !tenant->maintenance) return false;
  return std::none_of(caller.scopes.begin(), caller.scopes.end(),
                      [](const std::string& scope) { return scope.ends_with(":admin") || scope.starts_with("platform:"); });
}

class CallPassage final : public Passage {
 public:
  CallPassage(Edge& edge, grpc::CallbackServerContext& context, const google::protobuf::Message& request,
              std::function<void(grpc::Status)> finish)
      : edge_(edge), context_(context), request_(request), finish_(std::move(finish)), method_(edge.methods.Find(request)) {
    if (method_ != nullptr) method_->started->Add();
  }

  Task<Result<Call>> Enter() override;
  void Refuse(const Error& error) override;
  void Reply(const db::Reply& reply, google::protobuf::Message& response) override;
  void Fail(std::exception_ptr fault) override;
  void Finish() override;

 private:
  Result<std::string> Metadata(std::string_view name) const;
  Task<Result<Caller>> Authenticate();
  Result<void> LocateClient();
  Result<void> TakeQuota();
  Result<void> ReadKey();

  Edge& edge_;
  grpc::CallbackServerContext& context_;
  const google::protobuf::Message& request_;
  const std::function<void(grpc::Status)> finish_;
  const Method* method_;
  const SteadyTime begin_ = steady_clock::now();
  Call call_;
  grpc::Status status_;
  std::string_view reason_;
  std::string fault_;
  bool replayed_ = false;
};

// Empty if it is not there; refused if it is there twice, since nobody knows which one was meant.
Result<std::string> CallPassage::Metadata(std::string_view name) const {
  const auto [first, last] = context_.client_metadata().equal_range(grpc::string_ref(name.data(), name.size()));
  if (first == last) return std::string();
  if (std::next(first) != last) return InvalidField(std::string(name), "must be sent once");
  return std::string(View(first->second));
}

Task<Result<Call>> CallPassage::Enter() {
  if (method_ == nullptr) co_return PermissionDenied();
  call_.deadline = DeadlineOf(context_);
  const Result<std::string> parent = Metadata("traceparent");
  call_.cause.traceparent = trace::ChildOf(parent.ok() ? *parent : "");

  Result<Caller> caller = co_await Authenticate();
  if (!caller.ok()) co_return caller.error();
  call_.caller = *std::move(caller);
  call_.caller.tenant_wide = HoldsOneOf(call_.caller, method_->policy);
  call_.cause.actor = call_.caller.subject.empty() ? "anonymous" : call_.caller.subject;
  if (!Opens(method_->policy, call_.caller)) co_return PermissionDenied();
  if (ClosedFor(*edge_.trust.state(), method_->policy, call_.caller)) co_return InMaintenance();
  if (!ProvedEnough(method_->policy, call_.caller, edge_.clock.Now())) co_return StepUpRequired();
  if (const Result<void> located = LocateClient(); !located.ok()) co_return located.error();
  if (const Result<void> counted = TakeQuota(); !counted.ok()) co_return counted.error();
  if (const Result<void> keyed = ReadKey(); !keyed.ok()) co_return keyed.error();
  // Last: the token may have waited for its key.
  if (call_.deadline <= steady_clock::now()) {
    co_return Error{Code::kDeadlineExceeded, Reason::kDeadlineExceeded, "the deadline had passed before the work began"};
  }
  co_return call_;
}

// An anonymous method does without a token, but verifies one that is there.
Task<Result<Caller>> CallPassage::Authenticate() {
  Result<std::string> header = Metadata("authorization");
  if (!header.ok()) co_return header.error();
  if (header->empty() && method_->policy.access() == options::v1::ACCESS_ANONYMOUS) co_return Caller{};
  std::string token;
  if (header->starts_with(kBearer)) token = header->substr(kBearer.size());
  std::optional<Result<VerifiedCaller>> verified = edge_.tokens.Known(token);
  if (!verified) verified = co_await edge_.tokens.Verify(std::move(token));
  if (!verified->ok()) co_return verified->error();
  co_return ***verified;
}

// What a tenant's backend says of the person behind it is believed; what anybody else says of himself is not.
Result<void> CallPassage::LocateClient() {
  std::string address = PeerAddress(context_.peer());
  if (call_.caller.kind == Caller::Kind::kServiceAccount) {
    Result<std::string> told = Metadata(kClientAddress);
    if (!told.ok()) return told.error();
    if (!told->empty()) {
      if (!AddressBucket(*told)) return InvalidField(std::string(kClientAddress), "must be an IP address");
      address = *std::move(told);
    }
  }
  const std::string bucket = AddressBucket(address).value_or(address);
  call_.client_address_hash = call_.caller.client_address_hash = edge_.addresses.Hash(bucket, edge_.clock.Now());
  return {};
}

Result<void> CallPassage::TakeQuota() {
  const std::optional<Quota> quota = QuotaOf(edge_, *method_, call_.caller);
  if (!quota) return {};
  const auto wait = edge_.limits.Take(quota->key, quota->rate);
  if (!wait) return {};
  edge_.limited.Add();
  const std::string text = std::to_string(quota->rate.count) + " calls a minute for one " + quota->name;
  Error error = Exhausted(Reason::kRateLimited, text, std::max(*wait, std::chrono::milliseconds(1)));
  error.metadata = {{"limit", quota->name}, {"per_minute", std::to_string(quota->rate.count)}};
  return error;
}

Result<void> CallPassage::ReadKey() {
  if (method_->request_id == nullptr) return {};
  std::string scratch;
  const std::string& key = request_.GetReflection()->GetStringReference(request_, method_->request_id, &scratch);
  if (auto shape = CheckRequestId(key); !shape) return shape;
  const auto fingerprint = FingerprintOf(method_->full_name, request_);
  if (!fingerprint) return fingerprint.error();
  call_.once = {call_.caller.tenant, call_.caller.subject, method_->full_name, key, *fingerprint, call_.deadline};
  return {};
}

void CallPassage::Refuse(const Error& error) {
  status_ = ToStatus(error);
  reason_ = Name(error.reason);
}

void CallPassage::Reply(const db::Reply& reply, google::protobuf::Message& response) {
  const std::string& bytes = reply.secret_bytes.empty() ? reply.bytes : reply.secret_bytes;
  if (!response.ParseFromString(bytes)) {
    fault_ = "the stored reply is no " + response.GetTypeName();
    Refuse(Error{Code::kInternal, Reason::kInternal, "a fault of ours; the trace id of the call finds it"});
    return;
  }
  replayed_ = reply.replayed;
  if (replayed_) context_.AddInitialMetadata("idempotent-replayed", "true");
}

void CallPassage::Fail(std::exception_ptr fault) {
  fault_ = FaultText(fault);
  Refuse(FaultToError(fault));
}

void CallPassage::Finish() {
  const std::chrono::duration<double> took = steady_clock::now() - begin_;
  const std::string code(CodeName(status_.error_code()));
  std::vector<log::Field> fields = {{"method", method_ == nullptr ? request_.GetTypeName() : method_->full_name},
                                    {"code", code},
                                    {"caller", call_.cause.actor},
                                    {"tenant", call_.caller.subject.empty() ? std::string() : call_.caller.tenant.ToString()},
                                    {"trace_id", trace::TraceId(call_.cause.traceparent)},
                                    {"ms", took.count() * 1000}};
  if (!reason_.empty()) fields.emplace_back("reason", reason_);
  if (replayed_) fields.emplace_back("replayed", true);
  if (!fault_.empty()) fields.emplace_back("fault", fault_);
  log::Write(fault_.empty() ? log::Level::kInfo : log::Level::kError, "rpc", fields);
  if (method_ != nullptr) {
    method_->handled[static_cast<std::size_t>(status_.error_code()) % kCodes]->Add();
    method_->seconds->Observe(took.count());
  }
  edge_.in_flight.fetch_sub(1, std::memory_order_relaxed);
  finish_(std::move(status_));
}

}  // namespace

std::unique_ptr<Passage> Arrive(Edge& edge, grpc::CallbackServerContext& context, const google::protobuf::Message& request,
                                std::function<void(grpc::Status)> finish) {
  auto passage = std::make_unique<CallPassage>(edge, context, request, std::move(finish));
  if (edge.in_flight.fetch_add(1, std::memory_order_relaxed) < kCallsInFlightMax) return passage;
  edge.shed.Add();
  passage->Refuse(FaultToError(std::make_exception_ptr(Overloaded("calls in flight"))));
  passage->Finish();
  return nullptr;
}

}  // namespace quittance::rpc
