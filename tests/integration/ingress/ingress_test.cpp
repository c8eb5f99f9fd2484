// The ingress as a process would run it, between a real HTTP client and fake services behind real gRPC.
#include <gtest/gtest.h>

#include <mutex>

#include "common/core/fault.h"
#include "common/http/client.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "quittance/billing/v1/billing.grpc.pb.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"
#include "services/ingress/api/front.h"

namespace quittance::ingress {
namespace {

using billing::v1::IngestWebhookRequest;
using billing::v1::IngestWebhookResponse;
using subscriptions::v1::IngestTelegramUpdateRequest;
using subscriptions::v1::IngestTelegramUpdateResponse;

class FakeAuth final : public auth::v1::AuthService::CallbackService {
 public:
  grpc::ServerUnaryReactor* ExchangeClientCredentials(grpc::CallbackServerContext* context,
                                                      const auth::v1::ExchangeClientCredentialsRequest*,
                                                      auth::v1::TokenPair* response) override {
    response->set_access_token("token-of-the-ingress");
    response->set_expires_in(1800);
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

class FakeKeys final : public auth::v1::KeyService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetJwks(grpc::CallbackServerContext* context, const auth::v1::GetJwksRequest*,
                                    auth::v1::GetJwksResponse* response) override {
    ++asked;
    response->set_jwks_json(R"({"keys":[]})");
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerUnaryReactor* PollTrust(grpc::CallbackServerContext* context, const auth::v1::PollTrustRequest*,
                                      auth::v1::PollTrustResponse* response) override {
    response->set_cursor("1");
    auto* key = response->add_keys();
    key->set_kid("k1");
    key->set_algorithm("ES256");
    key->set_public_key("a key");
    const auto add = [&](const char* id, const char* code, std::vector<std::string> origins) {
      auto* tenant = response->add_tenants();
      tenant->set_tenant_id(id);
      tenant->set_code(code);
      for (const std::string& origin : origins) tenant->add_allowed_origins(origin);
    };
    add("ten_000000000000000000000000000000a1", "calmness", {"https://a.example", "https://b.example", "https://c.example:8443"});
    add("ten_000000000000000000000000000000a2", "lumiere", {"https://film.example"});
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::atomic<int> asked{0};
};

// Billing: takes what says so in its body's first word.
class FakeWebhooks final : public billing::v1::WebhookService::CallbackService {
 public:
  grpc::ServerUnaryReactor* IngestWebhook(grpc::CallbackServerContext* context, const IngestWebhookRequest* request,
                                          IngestWebhookResponse* response) override {
    auto* reactor = context->DefaultReactor();
    const std::lock_guard lock(mutex);
    ++asked;
    last = *request;
    const auto token = context->client_metadata().find("authorization");
    authorization = token == context->client_metadata().end() ? "" : std::string(token->second.data(), token->second.size());
    const std::string& body = request->body();
    if (body.starts_with("refuse")) {
      reactor->Finish(rpc::ToStatus(NotFound("tenant")));
    } else if (body.starts_with("down")) {
      reactor->Finish(rpc::ToStatus(Unavailable("the database is down")));
    } else if (body.starts_with("full")) {
      reactor->Finish(rpc::ToStatus(Exhausted(Reason::kOverloaded, "full", std::chrono::seconds(1))));
    } else {
      const bool forged = body.starts_with("forged");
      response->set_http_status(forged ? 401 : body.starts_with("nobody") ? 404 : 200);
      response->set_content_type("text/plain");
      response->set_body(forged ? "" : "[accepted]");
      reactor->Finish(grpc::Status::OK);
    }
    return reactor;
  }
  std::mutex mutex;
  int asked = 0;
  IngestWebhookRequest last;
  std::string authorization;
};

class FakeMemberships final : public subscriptions::v1::MembershipService::CallbackService {
 public:
  grpc::ServerUnaryReactor* IngestTelegramUpdate(grpc::CallbackServerContext* context, const IngestTelegramUpdateRequest* request,
                                                 IngestTelegramUpdateResponse* response) override {
    {
      const std::lock_guard lock(mutex);
      ++asked;
      last = *request;
    }
    response->set_http_status(request->secret_token() == "s3cret" ? 200 : 401);
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::mutex mutex;
  int asked = 0;
  IngestTelegramUpdateRequest last;
};

class Ingress : public ::testing::Test {
 protected:
  Ingress() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    for (grpc::Service* service : std::vector<grpc::Service*>{&auth_, &keys_, &webhooks_, &memberships_}) builder.RegisterService(service);
    behind_ = builder.BuildAndStart();
    const std::string target = "127.0.0.1:" + std::to_string(port);
    identity_ = std::make_unique<rpc::Identity>(rpc::ClientOptions{target, "svc_1", Secret("s3cret")}, executor_);
    forward_ = std::make_unique<Forward>(*identity_, target, target, target, clock_);
    trust_ = std::make_unique<rpc::Trust>(rpc::RemoteTrust(target, *identity_), nullptr, executor_, metrics_, clock_);
    origins_ = std::make_unique<Origins>(*trust_, "https://pay.example/", metrics_);
    front_ = std::make_unique<Front>(*forward_, *origins_, Secret(), clock_, metrics_);
    http::ServerOptions options;
    options.name = "ingress";
    options.headers = SecurityHeaders();
    server_ = std::make_unique<http::Server>(executor_, options, front_->Routes(), metrics_);
    server_->Listen("127.0.0.1:0");
  }
  ~Ingress() override {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    server_->Drain(deadline);
    trust_.reset();
    executor_.Drain(deadline);
    if (behind_) behind_->Shutdown();
  }

  http::Response Send(const std::string& method, const std::string& path, const std::string& body = "",
                      std::vector<http::Header> headers = {}) {
    http::Request request;
    request.target = "test";
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    request.body = body;
    request.headers = std::move(headers);
    http::Outcome outcome = async::RunSync(executor_, client_.Send(request));
    if (const auto* failure = std::get_if<http::Failure>(&outcome)) {
      ADD_FAILURE() << method << " " << path << ": " << failure->what;
      return {};
    }
    return std::get<http::Response>(outcome);
  }
  http::Response Webhook(const std::string& body) { return Send("POST", "/webhooks/calmness/stripe", body); }

  FakeAuth auth_;
  FakeKeys keys_;
  FakeWebhooks webhooks_;
  FakeMemberships memberships_;
  async::Executor executor_{2};
  metrics::Registry metrics_;
  ManualClock clock_{FromUnixSeconds(1'800'000'000)};
  http::Client client_{metrics_};
  std::unique_ptr<grpc::Server> behind_;
  std::unique_ptr<rpc::Identity> identity_;
  std::unique_ptr<rpc::Trust> trust_;
  std::unique_ptr<Forward> forward_;
  std::unique_ptr<Origins> origins_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<http::Server> server_;
};

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

TEST_F(Ingress, W09_BytesAndHeadersGoAsTheyCame) {
  const std::string body("{\"amount\":1990 }\r\n\0\xff{", 21);
  const http::Response answer =
      Send("POST", "/webhooks/calmness/stripe", body, {{"Stripe-Signature", "t=1,v1=ab"}, {"X-Twice", "a"}, {"X-Twice", "b"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "[accepted]");
  const std::lock_guard lock(webhooks_.mutex);
  EXPECT_EQ(webhooks_.last.body(), body);
  EXPECT_EQ(webhooks_.last.tenant(), "calmness");
  EXPECT_EQ(webhooks_.last.connection(), "stripe");
  EXPECT_EQ(webhooks_.last.receive_time().seconds(), 1'800'000'000);
  EXPECT_EQ(webhooks_.authorization, "Bearer token-of-the-ingress");
  std::vector<std::string> twice;
  std::string signature;
  for (const auto& header : webhooks_.last.headers()) {
    if (header.name() == "x-twice") twice.push_back(header.value());
    if (header.name() == "stripe-signature") signature = header.value();
  }
  EXPECT_EQ(twice, (std::vector<std::string>{"a", "b"})) << "billing decides about repeated headers";
  EXPECT_EQ(signature, "t=1,v1=ab");
  EXPECT_EQ(webhooks_.last.source_hash().size(), 32u);
  EXPECT_EQ(webhooks_.last.source_hash().find("127"), std::string::npos);
}

TEST_F(Ingress, W23_NotStoredIsNever2xx) {
  for (const char* body : {"down", "full"}) {
    const http::Response answer = Webhook(body);
    EXPECT_EQ(answer.status, 503) << body;
    EXPECT_FALSE(answer.HeaderValue("retry-after").empty());
  }
  behind_->Shutdown();
  const http::Response answer = Webhook("pay");
  EXPECT_EQ(answer.status, 503);
  EXPECT_FALSE(answer.HeaderValue("retry-after").empty());
  EXPECT_EQ(Send("POST", "/telegram/calmness", "{}", {{"X-Telegram-Bot-Api-Secret-Token", "s3cret"}}).status, 503);
}

TEST_F(Ingress, UnknownTenantsAndConnectionsAre404) {
  EXPECT_EQ(Webhook("nobody").status, 404);
  EXPECT_EQ(Webhook("refuse").status, 404);
  const int before = webhooks_.asked;
  for (const char* path :
       {"/webhooks/Calmness/stripe", "/webhooks/calmness/a%20b", "/webhooks/calmness", "/webhooks/calmness/stripe/more", "/nothing"}) {
    EXPECT_EQ(Send("POST", path, "pay").status, 404) << path;
  }
  EXPECT_EQ(webhooks_.asked, before) << "nobody was asked";
}

TEST_F(Ingress, W21_W22_LimitsComeBeforeBilling) {
  EXPECT_EQ(Send("POST", "/webhooks/calmness/stripe", std::string(1024 * 1024 + 1, 'x')).status, 413);
  EXPECT_EQ(Send("POST", "/webhooks/calmness/stripe", "pay", {{"Content-Encoding", "gzip"}}).status, 415);
  EXPECT_EQ(Send("PUT", "/webhooks/calmness/stripe", "pay").status, 405);
  EXPECT_EQ(webhooks_.asked, 0);
  EXPECT_EQ(Send("POST", "/webhooks/calmness/stripe", std::string(1024 * 1024, 'x')).status, 200) << "1 MiB is taken";
  EXPECT_EQ(Send("POST", "/webhooks/calmness/stripe", "").status, 200) << "an empty body is billing's matter";
}

TEST_F(Ingress, W10_UnverifiedFloodsAreLimitedAndVerifiedOnesAreNot) {
  for (int i = 0; i < kUnverifiedRate.count; ++i) EXPECT_EQ(Webhook("forged").status, 401) << i;
  const http::Response limited = Webhook("forged");
  EXPECT_EQ(limited.status, 429);
  EXPECT_FALSE(limited.HeaderValue("retry-after").empty());
  EXPECT_EQ(Webhook("pay").status, 200) << "the same source, verified";
  EXPECT_EQ(Send("POST", "/telegram/calmness", "{}", {{"X-Telegram-Bot-Api-Secret-Token", "s3cret"}}).status, 200);
  EXPECT_NE(metrics_.Render().find("quittance_ingress_received_total{result=\"limited\",route=\"webhook\"} 1"), std::string::npos);
}

TEST_F(Ingress, APingAsksNobody) {
  EXPECT_EQ(Send("GET", "/webhooks/calmness/cinetpay").status, 200);
  EXPECT_EQ(Send("HEAD", "/webhooks/calmness/cinetpay").status, 200);
  EXPECT_EQ(webhooks_.asked, 0);
}

TEST_F(Ingress, TelegramNeedsItsSecretOnce) {
  EXPECT_EQ(Send("POST", "/telegram/calmness", "{\"update_id\":1}", {{"X-Telegram-Bot-Api-Secret-Token", "s3cret"}}).status, 200);
  EXPECT_EQ(memberships_.last.body(), "{\"update_id\":1}");
  EXPECT_EQ(memberships_.last.tenant(), "calmness");
  EXPECT_EQ(Send("POST", "/telegram/calmness", "{}", {{"X-Telegram-Bot-Api-Secret-Token", "guess"}}).status, 401);
  EXPECT_EQ(Send("POST", "/telegram/calmness", "{}").status, 401);
  const int before = memberships_.asked;
  EXPECT_EQ(Send("POST", "/telegram/calmness", "{}",
                 {{"X-Telegram-Bot-Api-Secret-Token", "s3cret"}, {"X-Telegram-Bot-Api-Secret-Token", "guess"}})
                .status,
            401);
  EXPECT_EQ(memberships_.asked, before);
}

TEST_F(Ingress, HealthzSaysOk) {
  const http::Response answer = Send("GET", "/healthz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("ok"), std::string::npos);
}

TEST_F(Ingress, JwksIsCachedAndOutlivesAuth) {
  const http::Response answer = Send("GET", "/.well-known/jwks.json");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"keys":[]})");
  EXPECT_EQ(answer.HeaderValue("content-type"), "application/json");
  EXPECT_EQ(answer.HeaderValue("cache-control"), "public, max-age=300");
  behind_->Shutdown();
  EXPECT_EQ(Send("GET", "/.well-known/jwks.json").status, 200);
  EXPECT_EQ(keys_.asked, 1);
}

TEST_F(Ingress, JwksIs503WhileNeverHeard) {
  behind_->Shutdown();
  EXPECT_EQ(Send("GET", "/.well-known/jwks.json").status, 503);
}

TEST_F(Ingress, EveryAnswerCarriesTheHeadersAndNoFingerprint) {
  const std::vector<http::Response> answers = {Send("GET", "/healthz"), Send("GET", "/nothing"),
                                               Webhook("pay"),          Webhook("forged"),
                                               Webhook("down"),         Webhook(std::string(1024 * 1024 + 1, 'x'))};
  for (const http::Response& answer : answers) {
    for (const http::Header& header : SecurityHeaders()) EXPECT_EQ(answer.HeaderValue(Lower(header.name)), header.value) << header.name;
    EXPECT_TRUE(answer.HeaderValue("server").empty());
    EXPECT_TRUE(answer.HeaderValue("x-powered-by").empty());
  }
}

// What a page of `origin` is told on this request; empty: nothing.
std::string ToldTo(const http::Response& answer) { return std::string(answer.HeaderValue("access-control-allow-origin")); }

TEST_F(Ingress, TheOriginsOfATenantMayReadAndOthersMayNot) {
  trust_->Start();
  for (const std::string origin : {"https://a.example", "https://b.example", "https://c.example:8443"}) {
    const auto answer = Send("GET", "/webhooks/calmness/stripe", "", {{"Origin", origin}});
    EXPECT_EQ(ToldTo(answer), origin);
    EXPECT_EQ(answer.HeaderValue("vary"), "Origin");
    EXPECT_TRUE(answer.HeaderValue("access-control-allow-credentials").empty());
  }
  for (const std::string origin : {"https://film.example", "https://other.example", "http://a.example", "https://a.example.evil.example",
                                   "https://a.example:444", "https://A.example", "null", "*"}) {
    const auto answer = Send("POST", "/webhooks/calmness/stripe", "pay", {{"Origin", origin}});
    EXPECT_EQ(answer.status, 200) << "a signature decides, not a header";
    EXPECT_EQ(ToldTo(answer), "") << origin;
  }
  EXPECT_EQ(ToldTo(Send("GET", "/webhooks/lumiere/stripe", "", {{"Origin", "https://film.example"}})), "https://film.example");
  EXPECT_EQ(ToldTo(Send("GET", "/webhooks/nobody/stripe", "", {{"Origin", "https://film.example"}})), "");
  EXPECT_EQ(ToldTo(Webhook("pay")), "") << "no browser";
  const std::string shown = metrics_.Render();
  EXPECT_NE(shown.find("quittance_ingress_cross_origin_total{result=\"allowed\"} 4"), std::string::npos) << shown;
  EXPECT_NE(shown.find("quittance_ingress_cross_origin_total{result=\"blocked\"} 9"), std::string::npos) << shown;
}

TEST_F(Ingress, AnErrorIsToldToTheTenantsOwnPagesToo) {
  trust_->Start();
  const auto refused = Send("POST", "/webhooks/calmness/stripe", "down", {{"Origin", "https://a.example"}});
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(ToldTo(refused), "https://a.example");
  EXPECT_EQ(refused.HeaderValue("access-control-expose-headers"), "Retry-After");
}

TEST_F(Ingress, WhatIsEverybodysIsShownToThePagesOfAnyTenant) {
  trust_->Start();
  for (const char* path : {"/.well-known/jwks.json", "/healthz"}) {
    EXPECT_EQ(ToldTo(Send("GET", path, "", {{"Origin", "https://film.example"}})), "https://film.example") << path;
    EXPECT_EQ(ToldTo(Send("GET", path, "", {{"Origin", "https://other.example"}})), "") << path;
  }
  EXPECT_EQ(ToldTo(Send("GET", "/healthz", "", {{"Origin", "https://a.example"}, {"Origin", "https://b.example"}})), "") << "two at once";
  EXPECT_EQ(Send("GET", "/healthz", "", {{"Origin", "https://pay.example"}}).status, 200);
  const std::string shown = metrics_.Render();
  EXPECT_NE(shown.find("quittance_ingress_cross_origin_total{result=\"allowed\"} 2"), std::string::npos) << shown;
  EXPECT_NE(shown.find("quittance_ingress_cross_origin_total{result=\"blocked\"} 3"), std::string::npos) << "a page of our own is neither";
}

TEST_F(Ingress, APreflightIsAnsweredForOriginsThatAreAllowed) {
  trust_->Start();
  const auto ask = [&](const std::string& origin) {
    return Send("OPTIONS", "/webhooks/calmness/stripe", "", {{"Origin", origin}, {"Access-Control-Request-Method", "POST"}});
  };
  const auto yes = ask("https://a.example");
  EXPECT_EQ(yes.status, 204);
  EXPECT_EQ(ToldTo(yes), "https://a.example");
  EXPECT_EQ(yes.HeaderValue("access-control-allow-methods"), "OPTIONS, POST, GET, HEAD");
  const auto no = ask("https://other.example");
  EXPECT_EQ(no.status, 403);
  EXPECT_EQ(ToldTo(no), "");
  EXPECT_EQ(no.HeaderValue("x-content-type-options"), "nosniff");
  EXPECT_EQ(Send("OPTIONS", "/healthz").status, 204);
  EXPECT_EQ(webhooks_.asked, 0);
}

TEST_F(Ingress, NoOriginIsAllowedBeforeAuthWasHeard) {
  behind_->Shutdown();
  trust_->Start();
  EXPECT_EQ(ToldTo(Send("GET", "/healthz", "", {{"Origin", "https://a.example"}})), "");
}

}  // namespace
}  // namespace quittance::ingress
