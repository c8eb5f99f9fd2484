// B3: CreatePaymentIntent answered from memory, on two ports of one process. The listen port goes through the edge as billing does (token,
// scopes, limit, key, fingerprint, log line, metrics, stored bytes parsed into the response); the next port is gRPC's callback API and
// nothing else. Invariant: both answer the same message.
#include <grpcpp/grpcpp.h>

#include "common/rpc/channel.h"
#include "common/rpc/handle.h"
#include "common/rpc/server.h"
#include "common/service/parts.h"
#include "common/service/run.h"
#include "quittance/billing/v1/billing.grpc.pb.h"

namespace quittance::bench {
namespace {

using billing::v1::BillingService;
using billing::v1::CreatePaymentIntentRequest;
using billing::v1::PaymentIntent;

struct Config {
  service::BaseConfig base;
  service::PeerConfig peer;

  static Config Read(config::Env& env) { return {service::ReadBase(env, true), service::ReadPeer(env)}; }
};

// As large as the answer of a manual transfer.
PaymentIntent Answer() {
  PaymentIntent answer;
  answer.set_id("pay_0190a0b1c2d37e4f8a9b0c1d2e3f4a5b");
  answer.set_user_id("usr_0190a0b1c2d37e4f8a9b0c1d2e3f4a5b");
  answer.set_reference("run-00000000-1234");
  answer.mutable_amount()->set_amount_minor(1990);
  answer.mutable_amount()->set_currency_code("EUR");
  answer.set_status(PaymentIntent::PENDING);
  answer.set_detail("requires_action");
  answer.mutable_next_action()->mutable_transfer()->add_lines("IBAN FR76 3000 6000 0112 3456 7890 189");
  answer.mutable_next_action()->mutable_transfer()->set_reference("QT-0C1D2E3F4A5B");
  answer.set_connection("manual");
  answer.set_psp("manual");
  answer.set_psp_reference("QT-0C1D2E3F4A5B");
  auto* attempt = answer.add_attempts();
  attempt->set_id("att_0190a0b1c2d37e4f8a9b0c1d2e3f4a5b");
  attempt->set_connection("manual");
  attempt->set_psp("manual");
  attempt->set_psp_reference("QT-0C1D2E3F4A5B");
  attempt->set_status(billing::v1::PaymentAttempt::STATUS_REQUIRES_ACTION);
  attempt->mutable_create_time()->set_seconds(1'700'000'000);
  for (auto* time : {answer.mutable_expire_time(), answer.mutable_create_time(), answer.mutable_update_time()})
    time->set_seconds(1'700'000'000);
  answer.set_version(1);
  answer.set_etag("\"1\"");
  return answer;
}

class Bare final : public BillingService::CallbackService {
  grpc::ServerUnaryReactor* CreatePaymentIntent(grpc::CallbackServerContext* context, const CreatePaymentIntentRequest*,
                                                PaymentIntent* response) override {
    *response = answer_;
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  const PaymentIntent answer_ = Answer();
};

class Handled final : public BillingService::CallbackService {
 public:
  explicit Handled(rpc::Edge& edge) : edge_(edge) {}

 private:
  grpc::ServerUnaryReactor* CreatePaymentIntent(grpc::CallbackServerContext* context, const CreatePaymentIntentRequest* request,
                                                PaymentIntent* response) override {
    return rpc::Handle(edge_, context, request, response,
                       [this](const rpc::Call&, const CreatePaymentIntentRequest&) -> Task<Result<db::Reply>> {
                         co_return db::Reply{.bytes = bytes_, .secret_bytes = "", .replayed = false};
                       });
  }
  rpc::Edge& edge_;
  const std::string bytes_ = Answer().SerializeAsString();
};

std::string NextPort(const std::string& address) {
  const auto colon = address.rfind(':');
  return address.substr(0, colon + 1) + std::to_string(std::stoi(address.substr(colon + 1)) + 1);
}

class App {
 public:
  App(const Config& config, service::Runtime& runtime)
      : config_(config),
        identity_(service::ClientOf(config.peer), runtime.executor),
        edge_(service::MakeEdge(config.base, runtime, rpc::RemoteTrust(config.peer.auth_target, identity_), nullptr)),
        handled_(*edge_) {}

  void Start() {
    rpc::StartEdge(*edge_);
    const std::vector<grpc::Service*> services = {&handled_};
    server_ = std::make_unique<rpc::Server>(config_.base.grpc_listen, false, services, *edge_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(NextPort(config_.base.grpc_listen), grpc::InsecureServerCredentials());
    builder.RegisterService(&bare_);
    bare_server_ = builder.BuildAndStart();
  }

  void Drain(SteadyTime deadline) {
    if (server_) server_->Drain(deadline);
    if (bare_server_) bare_server_->Shutdown(std::chrono::system_clock::now());
  }

 private:
  const Config config_;
  rpc::Identity identity_;
  service::EdgePtr edge_;
  Bare bare_;
  Handled handled_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<grpc::Server> bare_server_;
};

}  // namespace
}  // namespace quittance::bench

int main(int argc, char** argv) {
  return quittance::service::Run<quittance::bench::Config, quittance::bench::App>("bench-echo", argc, argv);
}
