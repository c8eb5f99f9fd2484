// See people.h. Everything goes through the public rpcs; the address is proved with the mail's own token.
#include "tests/e2e/people.h"

namespace quittance::e2e {
namespace {

constexpr const char* kPassword = "une phrase assez longue";

}  // namespace

std::map<std::string, std::string> FromAnAddress() {
  return {{"quittance-client-address", "2001:db8:" + RandomHex(4) + ":" + RandomHex(4) + "::1"}};
}

std::string MailedToken(World& world, const std::string& email, const std::string& page) {
  std::string token;
  EXPECT_TRUE(Eventually([&] {
    for (const auto& mail : world.stack.Listing("mail?to=" + email)) {
      const std::string text = mail.at("text");
      const auto link = text.find(page + "?token=");
      if (link == std::string::npos) continue;
      const auto at = link + page.size() + 7;
      token = text.substr(at, text.find_first_of(" \r\n", at) - at);
    }
    return !token.empty();
  })) << "no mail for "
      << email;
  return token;
}

Answer<auth::v1::LoginResponse> LogIn(World& world, const Person& person) {
  auth::v1::LoginRequest login;
  login.set_tenant(world.setup.code);
  login.set_email(person.email);
  login.set_password(person.password);
  return Call(world.stack.login(), &auth::v1::AuthService::Stub::Login, world.Token(), login, FromAnAddress());
}

Account SecondOperator(World& world) {
  auth::v1::CreateServiceAccountRequest request;
  request.set_request_id("account-" + RandomHex(16));
  request.set_display_name("second operator");
  for (const char* scope : {"billing:read", "billing:admin", "settings:read", "settings:write", "settings:approve"})
    request.add_scopes(scope);
  const auto made = Call(world.stack.accounts(), &auth::v1::ServiceAccountService::Stub::CreateServiceAccount,
                         world.stack.Token(world.setup.operator_account), request);
  EXPECT_TRUE(made.ok()) << made.status.error_message();
  return {made.value.client_id(), made.value.client_secret()};
}

Person SignedIn(World& world) {
  Person person;
  person.email = "client." + RandomHex(8) + "@client.example";
  person.password = kPassword;
  const auto from = FromAnAddress();
  const std::string backend = world.Token();
  auth::v1::SignUpRequest sign_up;
  sign_up.set_tenant(world.setup.code);
  sign_up.set_email(person.email);
  sign_up.set_password(person.password);
  sign_up.set_locale("fr");
  EXPECT_TRUE(Call(world.stack.login(), &auth::v1::AuthService::Stub::SignUp, backend, sign_up, from).ok());
  auth::v1::VerifyEmailRequest verify;
  verify.set_token(MailedToken(world, person.email, "/verify-email"));
  EXPECT_TRUE(Call(world.stack.login(), &auth::v1::AuthService::Stub::VerifyEmail, backend, verify, from).ok());
  const auto in = LogIn(world, person);
  EXPECT_TRUE(in.ok()) << in.status.error_message();
  person.token = in.value.tokens().access_token();
  // What a person opens is their own: the intent names them.
  billing::v1::CreatePaymentIntentRequest probe;
  probe.set_request_id("probe-" + RandomHex(16));
  probe.set_reference("probe-" + RandomHex(8));
  probe.mutable_amount()->set_amount_minor(100);
  probe.mutable_amount()->set_currency_code("EUR");
  probe.set_connection("manual");
  const auto own = Call(world.stack.billing(), &billing::v1::BillingService::Stub::CreatePaymentIntent, person.token, probe);
  EXPECT_TRUE(own.ok()) << own.status.error_message() << " " << own.reason;
  person.user_id = own.value.user_id();
  return person;
}

}  // namespace quittance::e2e
