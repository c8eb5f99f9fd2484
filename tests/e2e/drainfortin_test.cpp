// Limits and signatures, the parts of the scenario that are billing's and the ingress's: odd signatures, origins of browsers, and a webhook
// secret that is rotated under traffic.
#include <atomic>
#include <thread>

#include "tests/e2e/world.h"

namespace quittance::e2e {
namespace {

class DrainfortinTests;  // names this file's tenant

using common::v1::SettingsService;

// An event that is about nobody: what counts is whether it is believed.
std::string AnyEvent(World& world) {
  return Json{{"id", "ev_" + RandomHex(16)},
              {"type", "account.pinged"},
              {"reference", "none"},
              {"payment_id", ""},
              {"amount_minor", 0},
              {"currency", "EUR"},
              {"created", world.stack.BusinessNow()}}
      .dump();
}

long PostSignedWith(World& world, const std::string& secret) {
  const auto body = AnyEvent(world);
  const auto time = std::to_string(world.stack.BusinessNow());
  return Http("POST", WebhookUrl(world.stack, world.setup, "hmac"), body,
              {"Content-Type: application/json", "X-Timestamp: " + time, "X-Signature: v1=" + HmacHex(secret, time + "." + body)})
      .status;
}

// Not believed; a flood of such is told to slow down.
bool IsRefused(long status) { return status == 401 || status == 429; }

void PutSecrets(World& world, const std::string& secrets) {
  common::v1::PutSettingRequest put;
  put.set_request_id("put-" + RandomHex(16));
  put.set_key("psp.hmac.webhook_secrets");
  put.set_value(secrets);
  const auto answer =
      Call(world.stack.settings("billing"), &SettingsService::Stub::PutSetting, world.stack.Token(world.setup.operator_account), put);
  ASSERT_TRUE(answer.ok()) << answer.status.error_message() << " " << answer.reason;
}

// 2: shorter, longer, not hexadecimal, upper case, twice.
TEST(Drainfortin, W10_OddSignaturesGetTheRightAnswerAndNothingMoves) {
  auto& world = Ready<DrainfortinTests>();
  const auto payment = world.Open(world.NewUser(), {.connection = "hmac"});
  const auto body = HmacEvent(world.stack, "payment.succeeded", payment).dump();
  const auto time = std::to_string(world.stack.BusinessNow());
  const auto good = HmacHex(world.setup.hmac_secret, time + "." + body);
  auto upper = good;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const auto post = [&](const std::vector<std::string>& signatures) {
    std::vector<std::string> headers = {"Content-Type: application/json", "X-Timestamp: " + time};
    for (const auto& signature : signatures) headers.push_back("X-Signature: " + signature);
    return Http("POST", WebhookUrl(world.stack, world.setup, "hmac"), body, headers).status;
  };
  EXPECT_TRUE(IsRefused(post({"v1=" + good.substr(0, 62)}))) << "shorter";
  EXPECT_TRUE(IsRefused(post({"v1=" + good + "00"}))) << "longer";
  EXPECT_TRUE(IsRefused(post({"v1=" + std::string(64, 'z')}))) << "not hexadecimal";
  EXPECT_TRUE(IsRefused(post({"v1=" + upper}))) << "upper case";
  EXPECT_TRUE(IsRefused(post({"v1=" + good, "v1=" + good}))) << "twice";
  EXPECT_EQ(world.Read(payment.id()).status(), PaymentIntent::PENDING);
  EXPECT_EQ(post({"v1=" + good}), 200);
  EXPECT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED));
}

double BlockedOrigins(World& world) {
  const std::string row = "quittance_ingress_cross_origin_total{result=\"blocked\"} ";
  const auto text = Http("GET", world.stack.endpoints().at("admin").at("ingress").get<std::string>() + "/metrics").body;
  const auto at = text.find(row);
  EXPECT_NE(at, std::string::npos);
  return at == std::string::npos ? 0 : std::stod(text.substr(at + row.size()));
}

// 3: three origins are on the tenant's list; others and `*` are not. Every answer has the security headers, refused or not.
TEST(Drainfortin, ThreeOriginsPassAndOthersAreBlockedAndCounted) {
  auto& world = Ready<class DrainfortinTests>();
  const std::vector<std::string> listed = {"https://crm.drainfortin.example", "https://app.drainfortin.example",
                                           "https://drainfortin.example"};
  auth::v1::UpdateTenantRequest update;
  update.set_request_id("origins-" + RandomHex(16));
  for (const auto& origin : listed) update.mutable_allowed_origins()->add_origins(origin);
  const auto updated =
      Call(world.stack.tenants(), &auth::v1::TenantService::Stub::UpdateTenant, world.stack.Token(world.setup.operator_account), update);
  ASSERT_TRUE(updated.ok()) << updated.status.error_message();
  const auto ask = [&](const std::string& method, const std::string& origin) {
    return Http(method, WebhookUrl(world.stack, world.setup, "hmac"), method == "POST" ? "{}" : "",
                {"Origin: " + origin, "Access-Control-Request-Method: POST"});
  };
  const auto told = [](const HttpAnswer& answer) {
    const auto found = answer.headers.find("access-control-allow-origin");
    return found == answer.headers.end() ? std::string() : found->second;
  };
  const auto blocked = [&] { return BlockedOrigins(world); };
  const double before = blocked();
  for (const auto& origin : listed) {
    EXPECT_TRUE(Eventually([&] { return told(ask("GET", origin)) == origin; })) << "heard at the next poll";
    EXPECT_EQ(ask("OPTIONS", origin).status, 204);
  }
  const double while_waiting = blocked();
  EXPECT_GE(while_waiting, before);
  for (const char* origin : {"https://other.example", "http://drainfortin.example", "null", "*"}) {
    EXPECT_EQ(ask("OPTIONS", origin).status, 403) << origin;
    for (const char* method : {"GET", "POST", "OPTIONS"}) {
      const auto answer = ask(method, origin);
      EXPECT_EQ(told(answer), "") << origin;
      for (const char* header : {"strict-transport-security", "content-security-policy", "x-frame-options", "x-content-type-options",
                                 "referrer-policy", "permissions-policy"}) {
        EXPECT_TRUE(answer.headers.contains(header)) << header;
      }
      EXPECT_FALSE(answer.headers.contains("server"));
    }
  }
  EXPECT_EQ(blocked(), while_waiting + 16);
}

// 4, the webhook secret: generate, take it beside the old one, let the PSP sign with it, watch, retire the old one. Nothing is refused on
// the way; the old one is refused afterwards.
TEST(Drainfortin, W15_W16_AWebhookSecretIsRotatedUnderTraffic) {
  auto& world = Ready<DrainfortinTests>();
  const std::string old_secret = world.setup.hmac_secret, new_secret = RandomHex(48);
  std::mutex mutex;
  std::string signs_with = old_secret;
  std::atomic<bool> over{false};
  std::atomic<int> taken{0}, refused{0};
  std::thread traffic([&] {
    while (!over) {
      const auto secret = [&] {
        const std::lock_guard lock(mutex);
        return signs_with;
      }();
      (PostSignedWith(world, secret) == 200 ? taken : refused)++;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  const auto flows = [&](int more) {
    const int before = taken;
    EXPECT_TRUE(Eventually([&] { return taken >= before + more || refused > 0; }));
  };
  flows(20);
  PutSecrets(world, new_secret + "," + old_secret);
  EXPECT_TRUE(Eventually([&] { return PostSignedWith(world, new_secret) == 200; })) << "tried before the PSP signs with it";
  {
    const std::lock_guard lock(mutex);
    signs_with = new_secret;
  }
  flows(20);
  PutSecrets(world, new_secret);
  EXPECT_TRUE(Eventually([&] { return IsRefused(PostSignedWith(world, old_secret)); })) << "retired";
  flows(20);
  over = true;
  traffic.join();
  EXPECT_EQ(refused, 0);
  EXPECT_GE(taken, 60);
  world.setup.hmac_secret = new_secret;
}

}  // namespace
}  // namespace quittance::e2e
