// See provision.h. Secrets are random per stack; request ids are derived from the tenant, so a second run replays.
#include "tests/e2e/provision.h"

#include <algorithm>
#include <stdexcept>

namespace quittance::e2e {
namespace {

template <class Response>
Response Must(const Answer<Response>& answer, const std::string& what) {
  if (!answer.ok()) throw std::runtime_error(what + ": " + answer.status.error_message() + " " + answer.reason);
  return answer.value;
}

void Put(Stack& stack, const TenantSetup& setup, const std::string& service, const std::string& key, const std::string& value) {
  common::v1::PutSettingRequest request;
  request.set_request_id("put-" + RandomHex(16));
  request.set_key(key);
  request.set_value(value);
  Must(Call(stack.settings(service), &common::v1::SettingsService::Stub::PutSetting, stack.Token(setup.operator_account), request),
       "PutSetting " + key);
}

void Plan(Stack& stack, const TenantSetup& setup, const std::string& code, const std::string& name, std::int64_t seconds,
          std::int64_t price) {
  subscriptions::v1::CreatePlanRequest request;
  request.set_request_id("plan-" + setup.code + "-" + code);
  request.set_code(code);
  request.set_display_name(name);
  request.set_access("signaux");
  request.set_duration_seconds(seconds);
  request.mutable_price()->set_amount_minor(price);
  request.mutable_price()->set_currency_code("EUR");
  request.add_channels("default");
  Must(Call(stack.plans(), &subscriptions::v1::PlanService::Stub::CreatePlan, stack.Token(setup.operator_account), request),
       "CreatePlan " + code);
}

Account NewAccount(Stack& stack, const Account& by, const std::string& name, const std::vector<std::string>& scopes,
                   const std::string& tenant) {
  auth::v1::CreateServiceAccountRequest request;
  request.set_request_id("account-" + RandomHex(16));
  request.set_display_name(name);
  for (const auto& scope : scopes) request.add_scopes(scope);
  request.set_tenant(tenant);
  const auto made = Must(Call(stack.accounts(), &auth::v1::ServiceAccountService::Stub::CreateServiceAccount, stack.Token(by), request),
                         "CreateServiceAccount");
  return {made.client_id(), made.client_secret()};
}

}  // namespace

TenantSetup MakeTenant(Stack& stack, const std::string& code) {
  auth::v1::CreateTenantRequest request;
  request.set_request_id("tenant-" + code);
  request.set_code(code);
  request.set_display_name("Signaux");
  request.set_locale("fr");
  request.set_time_zone("Europe/Paris");
  Must(Call(stack.tenants(), &auth::v1::TenantService::Stub::CreateTenant, stack.Token(stack.account("platform")), request),
       "CreateTenant");
  TenantSetup setup;
  setup.code = code;
  setup.operator_account =
      NewAccount(stack, stack.account("platform"), "operator",
                 {"auth:read", "auth:write", "auth:admin", "billing:read", "billing:write", "billing:admin", "billing:refund",
                  "subscriptions:read", "subscriptions:write", "subscriptions:admin", "notifications:read", "notifications:write",
                  "notifications:admin", "settings:read", "settings:write", "settings:approve", "audit:read"},
                 code);
  return setup;
}

namespace {

// PayPal, Adyen and CinetPay: the payer is sent to them. Each has its account at the sandbox.
void ProvisionRedirects(Stack& stack, TenantSetup& setup) {
  const std::string hooks = stack.at("ingress") + "/webhooks/" + setup.code + "/";
  const std::string paypal_secret = RandomHex(40), adyen_api_key = "AQE" + RandomHex(40), apikey = RandomHex(24);
  setup.paypal_webhook_id = RandomHex(17);
  setup.adyen_key = RandomHex(64);
  setup.cinetpay_secret = RandomHex(32);
  const std::vector<std::pair<std::string, std::string>> settings = {{"paypal.client_id", "client-" + RandomHex(16)},
                                                                     {"paypal.api_key", paypal_secret},
                                                                     {"paypal.webhook_secrets", setup.paypal_webhook_id},
                                                                     {"adyen.environment", "test"},
                                                                     {"adyen.api_key", adyen_api_key},
                                                                     {"adyen.merchant_account", "SignauxECOM"},
                                                                     {"adyen.webhook_secrets", setup.adyen_key},
                                                                     {"cinetpay.api_key", apikey},
                                                                     {"cinetpay.site_id", "445160"},
                                                                     {"cinetpay.notify_url", hooks + "cinetpay"},
                                                                     {"cinetpay.webhook_secrets", setup.cinetpay_secret}};
  for (const auto& [key, value] : settings) Put(stack, setup, "billing", "psp." + key, value);
  const auto account = [&](const std::string& psp, const std::string& key, const std::string& secret) {
    stack.Control("account", {{"psp", psp}, {"api_key", key}, {"webhook_url", hooks + psp}, {"secrets", {secret}}});
  };
  account("paypal", paypal_secret, setup.paypal_webhook_id);
  account("adyen", adyen_api_key, setup.adyen_key);
  account("cinetpay", apikey, setup.cinetpay_secret);
}

}  // namespace

void Provision(Stack& stack, TenantSetup& setup) {
  setup.stripe_api_key = "sk_test_" + RandomHex(24);
  setup.stripe_secret = "whsec_" + RandomHex(32);
  setup.hmac_secret = RandomHex(48);
  setup.bot_token = std::to_string(100000000 + std::stoul(RandomHex(6), nullptr, 16)) + ":" + RandomHex(32);
  setup.telegram_secret = RandomHex(32);
  setup.chat_id = "-100" + std::to_string(1000000000 + std::stoul(RandomHex(7), nullptr, 16));

  Put(stack, setup, "billing", "psp.stripe.provider", "stripe");
  Put(stack, setup, "billing", "psp.stripe.environment", "test");
  Put(stack, setup, "billing", "psp.stripe.api_key", setup.stripe_api_key);
  Put(stack, setup, "billing", "psp.stripe.webhook_secrets", setup.stripe_secret);
  Put(stack, setup, "billing", "psp.hmac.provider", "hmac");
  Put(stack, setup, "billing", "psp.hmac.environment", "test");
  Put(stack, setup, "billing", "psp.hmac.api_key", setup.hmac_secret);
  Put(stack, setup, "billing", "psp.hmac.webhook_secrets", setup.hmac_secret);
  ProvisionRedirects(stack, setup);
  Put(stack, setup, "billing", "psp.manual.provider", "manual");
  Put(stack, setup, "billing", "psp.default", "stripe");
  Put(stack, setup, "billing", "receiving.bank", "IBAN FR76 3000 6000 0112 3456 7890 189\nBIC AGRIFRPP");
  Put(stack, setup, "billing", "return_origins", "https://shop.example");
  Put(stack, setup, "subscriptions", "telegram.bot_token", setup.bot_token);
  Put(stack, setup, "subscriptions", "telegram.secret_token", setup.telegram_secret);
  std::string bot_name = setup.code + "_bot";
  std::replace(bot_name.begin(), bot_name.end(), '-', '_');
  Put(stack, setup, "subscriptions", "telegram.bot_name", bot_name);
  Put(stack, setup, "subscriptions", "telegram.channel.default", setup.chat_id);
  Put(stack, setup, "notifications", "smtp.from", "bonjour@" + setup.code + ".example");
  Put(stack, setup, "notifications", "smtp.from_name", "Signaux");
  Put(stack, setup, "notifications", "links.base_url", "https://" + setup.code + ".example");
  Put(stack, setup, "notifications", "company.email", "aide@" + setup.code + ".example");

  const std::string hooks = stack.at("ingress") + "/webhooks/" + setup.code + "/";
  stack.Control(
      "account",
      {{"psp", "stripe"}, {"api_key", setup.stripe_api_key}, {"webhook_url", hooks + "stripe"}, {"secrets", {setup.stripe_secret}}});
  stack.Control("account",
                {{"psp", "hmac"}, {"api_key", setup.hmac_secret}, {"webhook_url", hooks + "hmac"}, {"secrets", {setup.hmac_secret}}});
  const auto hook = Http("POST", stack.at("sandbox") + "/telegram/bot" + setup.bot_token + "/setWebhook",
                         Json{{"url", stack.at("ingress") + "/telegram/" + setup.code},
                              {"secret_token", setup.telegram_secret},
                              {"allowed_updates", {"message", "chat_join_request", "chat_member", "my_chat_member"}}}
                             .dump(),
                         {"Content-Type: application/json"});
  if (hook.status != 200) throw std::runtime_error("setWebhook: " + hook.body);

  Plan(stack, setup, "signaux-weekly", "Signaux, une semaine", 604'800, 1990);
  Plan(stack, setup, "signaux-monthly", "Signaux, un mois", 2'592'000, 5990);
  setup.backend = NewAccount(stack, setup.operator_account, "backend",
                             {"auth:read", "auth:write", "billing:read", "billing:write", "billing:refund", "subscriptions:read",
                              "subscriptions:write", "notifications:read"},
                             "");
  auth::v1::CreateUserRequest user;
  user.set_request_id("first-user-" + setup.code);
  user.set_email("claire@client.example");
  user.set_locale("fr");
  user.set_external_id("customer-1");
  setup.user_id = Must(Call(stack.users(), &auth::v1::UserService::Stub::CreateUser, stack.Token(setup.backend), user), "CreateUser").id();
}

}  // namespace quittance::e2e
