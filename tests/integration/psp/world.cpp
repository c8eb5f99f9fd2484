// The body of world.h; the invariant it keeps stands there.
#include "tests/integration/psp/world.h"

#include <thread>

#include "services/billing/psp/registry.h"
#include "services/billing/store/projections.h"
#include "services/billing/usecases/ingest_webhook.h"

namespace quittance::billing::test {

const std::vector<PspCase>& Cases() {
  static const std::vector<PspCase> kCases = {
      {"stripe",
       {{"api_key", "sk_test_abcdefgh"}, {"webhook_secrets", "whsec_first_secret"}, {"environment", "test"}},
       {{"api_key", "sk_test_abcdefgh"}, {"secrets", {"whsec_first_secret"}}},
       "whsec_second_secret"},
      {"hmac",
       {{"api_key", "hmac-account-key"}, {"webhook_secrets", "hmac-first-secret"}},
       {{"api_key", "hmac-account-key"}, {"secrets", {"hmac-first-secret"}}},
       "hmac-second-secret"},
      {"paypal",
       {{"client_id", "AY-client-id"}, {"api_key", "EL-client-secret"}, {"webhook_secrets", "4JH86294D6297924G"}},
       {{"api_key", "EL-client-secret"}, {"secrets", {"4JH86294D6297924G"}}},
       "0EH40505U7160970P"},
      {"adyen",
       {{"api_key", "AQE-adyen-api-key"},
        {"merchant_account", "ShopECOM"},
        {"environment", "test"},
        {"basic_auth", "adyen:notifications-password"},
        {"webhook_secrets", "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"}},
       {{"api_key", "AQE-adyen-api-key"},
        {"basic_auth", "adyen:notifications-password"},
        {"secrets", {"44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"}}},
       "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00"},
      {"cinetpay",
       {{"api_key", "12912847765bc0db748fdd44.40081707"},
        {"site_id", "445160"},
        {"notify_url", "https://pay.example/webhooks/shop/cinetpay"},
        {"webhook_secrets", "cinetpay-first-secret"}},
       {{"api_key", "12912847765bc0db748fdd44.40081707"}, {"secrets", {"cinetpay-first-secret"}}},
       "cinetpay-second-secret",
       /*refunds=*/false,
       /*cancels=*/false},
  };
  return kCases;
}

std::vector<PspCase> Cases(bool PspCase::*has) {
  std::vector<PspCase> cases;
  for (const auto& one : Cases()) {
    if (one.*has) cases.push_back(one);
  }
  return cases;
}

std::string CaseName(const ::testing::TestParamInfo<PspCase>& info) { return info.param.provider; }

PspTest::PspTest()
    : client_(registry),
      receiver_(io_, {.name = "receiver"},
                {{"POST", "/webhooks/shop/{connection}", 1 << 20, [this](const http::ServerRequest& request) { return Take(request); }}},
                registry),
      sandbox_(clock) {}

std::unique_ptr<psp::Registry> PspTest::MakePsps() {
  const std::string base = "http://127.0.0.1:" + std::to_string(sandbox_.http_port()) + "/";
  std::map<std::string, std::string> urls;
  for (const auto& known : psp::Providers()) urls[known.name] = base + known.name;
  return psp::MakeRegistry(urls, client_, clock, /*dev=*/true);
}

void PspTest::SetUp() {
  sandbox_.Start("127.0.0.1:0", "127.0.0.1:0");
  BillingTest::SetUp();
  receiver_.Listen("127.0.0.1:0");
  for (const auto* key : {"api_key", "webhook_secrets"})
    app->TransactSync(db::Scope::Of(tenant), [&](db::Tx& tx) {
      tx.Exec("DELETE FROM settings WHERE tenant_id = $1 AND key = $2", tenant, "psp." + provider() + "." + key);
    });
  for (const auto& [key, value] : GetParam().settings) Set("psp." + provider() + "." + key, value);
  Set("psp.default", provider());
  // Every PSP can be asked for this: whole units, a multiple of five, in a currency that it knows.
  const std::string currency = provider() == "cinetpay" ? "XOF" : "EUR";
  app->TransactSync(db::Scope::Of(tenant), [&](db::Tx& tx) {
    store::PutOffer(tx, tenant, PurposeKind::kPlan, {"weekly", "plan_1", Money{1990, *Currency::Parse(currency)}, true, 2});
  });
  settings->Forget(tenant);
  Json account = GetParam().account;
  account["psp"] = provider();
  account["webhook_url"] = HookUrl(provider());
  Control("account", account);
}

void PspTest::TearDown() {
  receiver_.Drain(std::chrono::steady_clock::now() + std::chrono::seconds(2));
  BillingTest::TearDown();
}

std::string PspTest::HookUrl(const std::string& connection) const {
  return "http://127.0.0.1:" + std::to_string(receiver_.port()) + "/webhooks/shop/" + connection;
}

Task<http::ServerResponse> PspTest::Take(const http::ServerRequest& request) {
  IngestWebhookCommand command{{}, "shop", request.path_parameters[0], {}, "source"};
  for (const auto& header : request.headers) command.webhook.headers.push_back({header.name, header.value});
  command.webhook.body = request.body;
  auto reply = co_await IngestWebhook(*deps, std::move(command));
  co_return http::ServerResponse{.status = reply->http_status, .content_type = reply->answer.content_type, .body = reply->answer.body};
}

std::string PspTest::AskSandbox(const std::string& method, const std::string& path, const std::string& body) {
  http::Request request{.target = "control",
                        .method = method,
                        .url = "http://127.0.0.1:" + std::to_string(sandbox_.http_port()) + "/control/" + path,
                        .body = body};
  const auto outcome = async::RunSync(io_, client_.Send(std::move(request)));
  const auto* response = std::get_if<http::Response>(&outcome);
  EXPECT_TRUE(response != nullptr && response->status == 200) << path << " " << body << " " << (response ? response->body : "no answer");
  return response ? response->body : "{}";
}

Json PspTest::Control(const std::string& route, Json command) { return Json::parse(AskSandbox("POST", route, command.dump())); }
Json PspTest::Items(const std::string& route) { return Json::parse(AskSandbox("GET", route, "")).at("items"); }

void PspTest::Pay(const Intent& intent, const std::string& outcome, std::optional<std::int64_t> minor) {
  Json command = {{"psp", provider()}, {"reference", intent.psp_reference()}, {"outcome", outcome}};
  if (minor) command["amount_minor"] = *minor;
  Control("pay", command);
}

void PspTest::Fault(const std::string& kind, int count, const std::string& path) {
  Json command = {{"target", provider()}, {"kind", kind}, {"count", count}};
  // PayPal's token comes first: a fault is for the call that it is about.
  if (!path.empty() || provider() == "paypal") command["path"] = path.empty() ? "checkout/orders" : path;
  Control("fault", command);
}

std::int64_t PspTest::MoneyAt(const std::string& kind) {
  std::int64_t sum = 0;
  for (const auto& charge : Items("charges?psp=" + provider())) {
    if (charge.at("kind") == kind) sum += charge.at("amount_minor").get<std::int64_t>();
  }
  return sum;
}

int PspTest::Captures() {
  int count = 0;
  for (const auto& charge : Items("charges?psp=" + provider())) count += charge.at("kind") == "capture" ? 1 : 0;
  return count;
}

void PspTest::RunJobs() {
  Run(ReplayParked(*deps));
  Run(ResolveAttempts(*deps));
  Run(SendRefunds(*deps));
}

Intent PspTest::Settles(const std::string& id, Intent::Status status, const std::string& detail) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  auto intent = Get(id);
  while ((intent.status() != status || (!detail.empty() && intent.detail() != detail)) && std::chrono::steady_clock::now() < until) {
    RunJobs();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    intent = Get(id);
  }
  EXPECT_EQ(intent.status(), status) << provider() << " " << intent.detail();
  if (!detail.empty()) EXPECT_EQ(intent.detail(), detail) << provider();
  return intent;
}

void PspTest::Delivered() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  const auto open = [this] {
    int count = 0;
    for (const auto& delivery : Items("deliveries?psp=" + provider())) count += delivery.at("done").get<bool>() ? 0 : 1;
    return count;
  };
  while (open() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(open(), 0) << Items("deliveries?psp=" + provider()).dump(1);
}

void PspTest::Account(const std::vector<std::string>& secrets) {
  Json account = GetParam().account;
  account["psp"] = provider();
  account["webhook_url"] = HookUrl(provider());
  account["secrets"] = secrets;
  Control("account", account);
}

}  // namespace quittance::billing::test
