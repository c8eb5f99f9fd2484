// See fleet.h. A file that names tenants is written only when all of them work.
#include "tests/bench/load/fleet.h"

#include <fstream>
#include <stdexcept>

namespace quittance::bench {
namespace {

using e2e::Call;

template <class Response>
Response Must(const e2e::Answer<Response>& answer, const std::string& what) {
  if (!answer.ok()) throw std::runtime_error(what + ": " + answer.status.error_message() + " " + answer.reason);
  return answer.value;
}

e2e::Account NewAccount(e2e::Stack& stack, const std::string& code, const std::string& name, const std::vector<std::string>& scopes) {
  auth::v1::CreateServiceAccountRequest request;
  request.set_request_id("account-" + e2e::RandomHex(16));
  request.set_display_name(name);
  for (const auto& scope : scopes) request.add_scopes(scope);
  request.set_tenant(code);
  const auto made = Must(
      Call(stack.accounts(), &auth::v1::ServiceAccountService::Stub::CreateServiceAccount, stack.Token(stack.account("platform")), request),
      "CreateServiceAccount");
  return {made.client_id(), made.client_secret()};
}

// Exchanged as the platform's backend would for clients at different addresses: anonymous calls from one address are limited.
std::string Exchange(e2e::Stack& stack, const e2e::Account& account, std::size_t number) {
  auth::v1::ExchangeClientCredentialsRequest request;
  request.set_client_id(account.client_id);
  request.set_client_secret(account.client_secret);
  const std::string address = "10.0." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1);
  return Must(Call(stack.login(), &auth::v1::AuthService::Stub::ExchangeClientCredentials, stack.Token(stack.account("platform")), request,
                   {{"quittance-client-address", address}}),
              "ExchangeClientCredentials")
      .access_token();
}

void Put(e2e::Stack& stack, const std::string& token, const std::string& service, const std::string& key, const std::string& value) {
  common::v1::PutSettingRequest request;
  request.set_request_id("put-" + e2e::RandomHex(16));
  request.set_key(key);
  request.set_value(value);
  Must(Call(stack.settings(service), &common::v1::SettingsService::Stub::PutSetting, token, request), "PutSetting " + key);
}

Json MakeTenant(e2e::Stack& stack, std::size_t number) {
  const std::string code = "bench-" + std::to_string(number) + "-" + e2e::RandomHex(6);
  auth::v1::CreateTenantRequest request;
  request.set_request_id("tenant-" + code);
  request.set_code(code);
  request.set_display_name(code);
  request.set_locale("fr");
  request.set_time_zone("Europe/Paris");
  const auto tenant = Must(
      Call(stack.tenants(), &auth::v1::TenantService::Stub::CreateTenant, stack.Token(stack.account("platform")), request), "CreateTenant");
  const e2e::Account backend = NewAccount(stack, code, "backend",
                                          {"auth:read", "auth:write", "billing:read", "billing:write", "subscriptions:read",
                                           "subscriptions:write", "subscriptions:admin", "settings:read", "settings:write"});
  const std::string token = Exchange(stack, backend, number);
  const std::string secret = e2e::RandomHex(48);
  Put(stack, token, "billing", "psp.manual.provider", "manual");
  Put(stack, token, "billing", "psp.default", "manual");
  Put(stack, token, "billing", "receiving.bank", "IBAN FR76 3000 6000 0112 3456 7890 189");
  Put(stack, token, "billing", "psp.hmac.provider", "hmac");
  Put(stack, token, "billing", "psp.hmac.environment", "test");
  Put(stack, token, "billing", "psp.hmac.api_key", secret);
  Put(stack, token, "billing", "psp.hmac.webhook_secrets", secret);

  subscriptions::v1::CreatePlanRequest plan;
  plan.set_request_id("plan-" + code);
  plan.set_code("weekly");
  plan.set_display_name("Une semaine");
  plan.set_access("signaux");
  plan.set_duration_seconds(604'800);
  plan.mutable_price()->set_amount_minor(1990);
  plan.mutable_price()->set_currency_code("EUR");
  Must(Call(stack.plans(), &subscriptions::v1::PlanService::Stub::CreatePlan, token, plan), "CreatePlan");

  auth::v1::CreateUserRequest user;
  user.set_request_id("user-" + code);
  user.set_email("claire@" + code + ".example");
  user.set_locale("fr");
  const auto made = Must(Call(stack.users(), &auth::v1::UserService::Stub::CreateUser, token, user), "CreateUser");
  return {{"code", code},
          {"id", tenant.id()},
          {"user", made.id()},
          {"client_id", backend.client_id},
          {"client_secret", backend.client_secret},
          {"webhook_secret", secret}};
}

Json Load(const std::string& fleet_file) {
  std::ifstream file(fleet_file);
  return file ? Json::parse(file) : Json::array();
}

}  // namespace

void Prepare(e2e::Stack& stack, const std::string& fleet_file, int count) {
  Json fleet = Load(fleet_file);
  while (fleet.size() < static_cast<std::size_t>(count)) fleet.push_back(MakeTenant(stack, fleet.size()));
  std::ofstream(fleet_file) << fleet.dump(1) << "\n";
}

std::vector<Tenant> ReadFleet(e2e::Stack& stack, const std::string& fleet_file, int count) {
  std::vector<Tenant> fleet;
  for (const auto& row : Load(fleet_file)) {
    if (fleet.size() == static_cast<std::size_t>(count)) break;
    const auto text = [&](const char* key) { return row.at(key).get<std::string>(); };
    Tenant tenant{text("code"), text("id"), text("user"), {text("client_id"), text("client_secret")}, text("webhook_secret"), ""};
    tenant.token = Exchange(stack, tenant.backend, fleet.size());
    fleet.push_back(std::move(tenant));
  }
  if (fleet.size() != static_cast<std::size_t>(count)) throw std::runtime_error("the fleet has too few tenants: run `prepare` first");
  return fleet;
}

}  // namespace quittance::bench
