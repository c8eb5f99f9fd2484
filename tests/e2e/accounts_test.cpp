// People and operators over the public interface, the steps of the acceptance scenarios that are auth's (calmness 2 and 12, lumiere 1 and
// 2, magicclock 5, drainfortin 5 and 6): two factors, reset, roles, freezing, maintenance, the incident switch.
// One-time passwords are computed here anew, so that a shared misunderstanding cannot pass.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/e2e/fixture.h"

namespace quittance::e2e {
namespace {

class AccountsTests;  // names this file's tenant

using auth::v1::AccountService;
using auth::v1::AuthService;
using auth::v1::KeyService;
using auth::v1::ServiceAccountService;
using auth::v1::TenantService;
using auth::v1::UserService;

constexpr std::chrono::seconds kSoon{60};  // what a revocation may take on every service
const std::string kPassword = "une phrase assez longue";

AccountService::Stub& Accounts() {
  static const auto stub = AccountService::NewStub(TheStack().Channel("auth"));
  return *stub;
}
std::string Fresh() { return "request-" + RandomHex(16); }

// RFC 6238 over RFC 4648's base32.
std::string Totp(const std::string& base32, std::int64_t unix_seconds) {
  std::string key;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : base32) {
    buffer = (buffer << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26)) & 0xFFF;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    key += static_cast<char>(buffer >> bits & 0xFF);
  }
  const std::int64_t step = unix_seconds / 30;
  unsigned char counter[8];
  for (int i = 0; i < 8; ++i) counter[i] = static_cast<unsigned char>(step >> (56 - 8 * i));
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter, sizeof counter, mac, &length);
  const int at = mac[19] & 15;
  const unsigned number = (mac[at] & 0x7FU) << 24 | mac[at + 1] << 16 | mac[at + 2] << 8 | mac[at + 3];
  std::string code = std::to_string(number % 1'000'000);
  return std::string(6 - code.size(), '0') + code;
}

// The token of the newest mail to this address whose link leads to `page`.
std::string MailedToken(const std::string& email, const std::string& page) {
  std::string token;
  Eventually([&] {
    for (const auto& mail : TheStack().Listing("mail?to=" + email)) {
      const std::string text = mail.at("text");
      const auto link = text.find(page + "?token=");
      if (link == std::string::npos) continue;
      const auto at = link + page.size() + 7;
      token = text.substr(at, text.find_first_of(" \r\n", at) - at);
    }
    return !token.empty();
  });
  return token;
}

bool WasMailed(const std::string& email, const std::string& subject) {
  return Eventually([&] {
    for (const auto& mail : TheStack().Listing("mail?to=" + email)) {
      if (mail.at("subject") == subject) return true;
    }
    return false;
  });
}

// Somebody behind the tenant's backend, at an address of their own.
struct Person {
  TenantSetup& tenant = ReadyTenant<AccountsTests>();
  std::string email = "claire." + RandomHex(8) + "@client.example";
  std::string password = kPassword;
  std::map<std::string, std::string> from = {{"quittance-client-address", "2001:db8:" + RandomHex(4) + ":" + RandomHex(4) + "::1"}};
  std::string backend() const { return TheStack().Token(tenant.backend); }

  bool SignUp() const {
    auth::v1::SignUpRequest sign_up;
    sign_up.set_tenant(tenant.code);
    sign_up.set_email(email);
    sign_up.set_password(password);
    sign_up.set_locale("fr");
    if (!Call(TheStack().login(), &AuthService::Stub::SignUp, backend(), sign_up, from).ok()) return false;
    auth::v1::VerifyEmailRequest verify;
    verify.set_token(MailedToken(email, "/verify-email"));
    return Call(TheStack().login(), &AuthService::Stub::VerifyEmail, backend(), verify, from).ok();
  }
  Answer<auth::v1::LoginResponse> LogIn(const std::string& device = "") const {
    auth::v1::LoginRequest login;
    login.set_tenant(tenant.code);
    login.set_email(email);
    login.set_password(password);
    login.set_device_token(device);
    return Call(TheStack().login(), &AuthService::Stub::Login, backend(), login, from);
  }
  Answer<auth::v1::LoginResponse> Verify(const std::string& mfa_token, const std::string& code) const {
    auth::v1::VerifyMfaRequest verify;
    verify.set_mfa_token(mfa_token);
    verify.set_code(code);
    return Call(TheStack().login(), &AuthService::Stub::VerifyMfa, backend(), verify, from);
  }
  std::string Id(const std::string& token) const {
    return Call(Accounts(), &AccountService::Stub::GetMe, token, auth::v1::GetMeRequest()).value.id();
  }
};

Answer<auth::v1::TokenPair> Refresh(const std::string& token) {
  auth::v1::RefreshTokenRequest request;
  request.set_refresh_token(token);
  return Call(TheStack().login(), &AuthService::Stub::RefreshToken, "", request);
}

void PutSetting(const TenantSetup& tenant, const std::string& service, const std::string& key, const std::string& value) {
  common::v1::PutSettingRequest put;
  put.set_request_id(Fresh());
  put.set_key(key);
  put.set_value(value);
  const auto set =
      Call(TheStack().settings(service), &common::v1::SettingsService::Stub::PutSetting, TheStack().Token(tenant.operator_account), put);
  EXPECT_TRUE(set.ok()) << key << " " << set.status.error_message();
}

// Another service than auth: it hears of revocations by its poll alone.
grpc::StatusCode OnBilling(const std::string& token) {
  return Call(TheStack().billing(), &billing::v1::BillingService::Stub::ListPaymentIntents, token, billing::v1::ListPaymentIntentsRequest())
      .status.error_code();
}
void ExpectDeadSoon(const std::string& token) {
  EXPECT_TRUE(Eventually([&] { return OnBilling(token) == grpc::UNAUTHENTICATED; }, kSoon));
}

TEST(Accounts, Calmness2_A21_A22_AMemberEnrolsAnAuthenticatorAndLogsInWithTwoFactors) {
  const Person person;
  ASSERT_TRUE(person.SignUp());
  const auto first = person.LogIn();
  ASSERT_TRUE(first.ok()) << first.status.error_message();
  const std::string token = first.value.tokens().access_token();
  auth::v1::EnrollTotpRequest enroll;
  enroll.set_request_id(Fresh());
  const auto enrolled = Call(Accounts(), &AccountService::Stub::EnrollTotp, token, enroll);
  ASSERT_TRUE(enrolled.ok()) << enrolled.status.error_message();
  EXPECT_EQ(enrolled.value.otpauth_uri().rfind("otpauth://totp/", 0), 0U);
  auth::v1::ConfirmTotpRequest confirm;
  confirm.set_request_id(Fresh());
  confirm.set_factor_id(enrolled.value.factor_id());
  const std::int64_t then = TheStack().BusinessNow();
  confirm.set_code(Totp(enrolled.value.secret(), then));
  ASSERT_TRUE(Call(Accounts(), &AccountService::Stub::ConfirmTotp, token, confirm).ok());
  EXPECT_TRUE(WasMailed(person.email, "La sécurité de votre compte a changé"));

  const auto asked = person.LogIn(first.value.device_token());
  ASSERT_TRUE(asked.ok() && asked.value.has_mfa() && !asked.value.has_tokens());
  EXPECT_EQ(person.Verify(asked.value.mfa().mfa_token(), confirm.code()).reason, "CREDENTIALS_INVALID") << "spent by the enrolment";
  TheStack().AdvanceClock(std::chrono::seconds(60));
  const std::string code = Totp(enrolled.value.secret(), TheStack().BusinessNow());
  const auto in = person.Verify(person.LogIn().value.mfa().mfa_token(), code);
  ASSERT_TRUE(in.ok()) << in.status.error_message();
  EXPECT_EQ(in.value.tokens().expires_in(), 1800);
  EXPECT_EQ(OnBilling(in.value.tokens().access_token()), grpc::OK);
  EXPECT_EQ(person.Verify(person.LogIn().value.mfa().mfa_token(), code).reason, "CREDENTIALS_INVALID") << "a code counts once";
}

TEST(Accounts, Lumiere2_A02_A26_AForgottenPasswordIsResetOnceByMail) {
  Person person;
  ASSERT_TRUE(person.SignUp());
  const auto before = person.LogIn();
  ASSERT_TRUE(before.ok());
  auth::v1::RequestPasswordResetRequest ask;
  ask.set_tenant(person.tenant.code);
  for (const std::string& email : {std::string("nobody@client.example"), person.email}) {
    ask.set_email(email);
    EXPECT_TRUE(Call(TheStack().login(), &AuthService::Stub::RequestPasswordReset, person.backend(), ask, person.from).ok()) << email;
  }
  auth::v1::ResetPasswordRequest reset;
  reset.set_token(MailedToken(person.email, "/reset-password"));
  reset.set_new_password("password");
  const auto weak = Call(TheStack().login(), &AuthService::Stub::ResetPassword, person.backend(), reset, person.from);
  ASSERT_EQ(weak.fields.size(), 1U);
  EXPECT_EQ(weak.fields[0], "new_password");
  reset.set_new_password("une autre phrase entiere");
  ASSERT_TRUE(Call(TheStack().login(), &AuthService::Stub::ResetPassword, person.backend(), reset, person.from).ok());
  EXPECT_EQ(Call(TheStack().login(), &AuthService::Stub::ResetPassword, person.backend(), reset, person.from).reason,
            "CREDENTIALS_INVALID");
  EXPECT_FALSE(Refresh(before.value.tokens().refresh_token()).ok());
  EXPECT_FALSE(person.LogIn().ok());
  person.password = "une autre phrase entiere";
  EXPECT_TRUE(person.LogIn().ok());
  EXPECT_TRUE(WasMailed(person.email, "Votre mot de passe a changé"));
  ExpectDeadSoon(before.value.tokens().access_token());
}

TEST(Accounts, Calmness12_A16_AFrozenAccountIsOutOnEveryService) {
  const Person person;
  ASSERT_TRUE(person.SignUp());
  const auto in = person.LogIn();
  ASSERT_TRUE(in.ok());
  const std::string token = in.value.tokens().access_token();
  EXPECT_EQ(OnBilling(token), grpc::OK);
  auth::v1::FreezeUserRequest freeze;
  freeze.set_request_id(Fresh());
  freeze.set_user_id(person.Id(token));
  const auto frozen = Call(TheStack().users(), &UserService::Stub::FreezeUser, TheStack().Token(person.tenant.operator_account), freeze);
  ASSERT_TRUE(frozen.ok()) << frozen.status.error_message();
  EXPECT_EQ(frozen.value.status(), auth::v1::User::STATUS_FROZEN);
  EXPECT_FALSE(Refresh(in.value.tokens().refresh_token()).ok()) << "at once";
  EXPECT_EQ(person.LogIn().reason, "CREDENTIALS_INVALID");
  ExpectDeadSoon(token);
}

TEST(Accounts, Lumiere1_A16_RolesAreDataAndHoldWithinAMinute) {
  const Person person;
  ASSERT_TRUE(person.SignUp());
  const std::string boss = TheStack().Token(person.tenant.operator_account);
  for (const char* role : {"ADMIN", "CONTRIBUTOR", "ARTIST", "STUNT_PERFORMER", "VIEWER", "SCREENWRITER", "CREATOR"}) {
    auth::v1::PutRoleRequest put;
    put.set_request_id(Fresh());
    put.set_role(role);
    put.add_scopes(std::string(role) == "ADMIN" ? "auth:admin" : "subscriptions:read");
    EXPECT_TRUE(Call(TheStack().tenants(), &TenantService::Stub::PutRole, boss, put).ok()) << role;
  }
  const auto before = person.LogIn();
  ASSERT_TRUE(before.ok());
  const std::string token = before.value.tokens().access_token();
  auth::v1::SetUserRolesRequest roles;
  roles.set_request_id(Fresh());
  roles.set_user_id(person.Id(token));
  roles.add_roles("ARTIST");
  ASSERT_TRUE(Call(TheStack().users(), &UserService::Stub::SetUserRoles, boss, roles).ok());
  EXPECT_FALSE(Refresh(before.value.tokens().refresh_token()).ok());
  EXPECT_EQ(person.LogIn().value.tokens().scope(), "subscriptions:read");
  common::v1::ListAuditEntriesRequest list;
  list.set_subject(roles.user_id());
  const auto trail = Call(TheStack().audit("auth"), &common::v1::AuditService::Stub::ListAuditEntries, boss, list);
  bool told = false;
  for (const auto& entry : trail.value.audit_entries()) {
    told |= entry.action() == "SetUserRoles" && entry.actor() == person.tenant.operator_account.client_id;
  }
  EXPECT_TRUE(told) << "who and when";
  ExpectDeadSoon(token);
}

// The newest code that was sent to this phone by SMS, other than `before`.
std::string TextedCode(const std::string& phone, const std::string& before = "") {
  std::string code;
  Eventually([&] {
    for (const auto& sms : TheStack().Listing("sms")) {
      if (sms.at("to") == phone) code = sms.at("text").get<std::string>().substr(0, 6);
    }
    return !code.empty() && code != before;
  });
  return code;
}

TEST(Accounts, Drainfortin5_A25_ACodeBySmsIsTheSecondFactor) {
  const Person person;
  PutSetting(person.tenant, "notifications", "twilio.account_sid", "AC" + RandomHex(32));
  PutSetting(person.tenant, "notifications", "twilio.auth_token", RandomHex(32));
  PutSetting(person.tenant, "notifications", "twilio.from", "+33700000000");
  ASSERT_TRUE(person.SignUp());
  const std::string token = person.LogIn().value.tokens().access_token();
  const std::string phone = "+336" + std::to_string(10000000 + std::stoul(RandomHex(6), nullptr, 16));
  auth::v1::UpdateMeRequest update;
  update.set_request_id(Fresh());
  update.set_phone(phone);
  ASSERT_TRUE(Call(Accounts(), &AccountService::Stub::UpdateMe, token, update).ok());
  auth::v1::EnrollSmsRequest enroll;
  enroll.set_request_id(Fresh());
  const auto enrolled = Call(Accounts(), &AccountService::Stub::EnrollSms, token, enroll);
  ASSERT_TRUE(enrolled.ok()) << enrolled.status.error_message();
  auth::v1::ConfirmSmsRequest confirm;
  confirm.set_request_id(Fresh());
  confirm.set_factor_id(enrolled.value.factor_id());
  confirm.set_code(TextedCode(phone));
  const auto confirmed = Call(Accounts(), &AccountService::Stub::ConfirmSms, token, confirm);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status.error_message();

  const auto asked = person.LogIn();
  ASSERT_TRUE(asked.ok() && asked.value.has_mfa());
  auth::v1::SendMfaCodeRequest send;
  send.set_mfa_token(asked.value.mfa().mfa_token());
  ASSERT_TRUE(Call(TheStack().login(), &AuthService::Stub::SendMfaCode, person.backend(), send, person.from).ok());
  const std::string code = TextedCode(phone, confirm.code());
  const auto in = person.Verify(asked.value.mfa().mfa_token(), code);
  ASSERT_TRUE(in.ok()) << in.status.error_message();
  EXPECT_EQ(OnBilling(in.value.tokens().access_token()), grpc::OK);
  EXPECT_EQ(person.Verify(person.LogIn().value.mfa().mfa_token(), code).reason, "CREDENTIALS_INVALID") << "once";
  update.set_request_id(Fresh());
  update.set_phone("+33611111111");
  EXPECT_EQ(Call(Accounts(), &AccountService::Stub::UpdateMe, token, update).status.error_code(), grpc::FAILED_PRECONDITION)
      << "codes go to the phone that was proved";
}

TEST(Accounts, Magicclock5_SignUpsAndATenantCanBeClosed) {
  TenantSetup setup = NewTenant(TheStack());
  const Person person{.tenant = setup};
  ASSERT_TRUE(person.SignUp());
  const auto in = person.LogIn();
  ASSERT_TRUE(in.ok());
  const std::string boss = TheStack().Token(setup.operator_account);
  auth::v1::UpdateTenantRequest update;
  update.set_request_id(Fresh());
  update.set_sign_up_open(false);
  ASSERT_TRUE(Call(TheStack().tenants(), &TenantService::Stub::UpdateTenant, boss, update).ok());
  auth::v1::SignUpRequest sign_up;
  sign_up.set_tenant(setup.code);
  sign_up.set_email("late@client.example");
  sign_up.set_password(kPassword);
  EXPECT_EQ(Call(TheStack().login(), &AuthService::Stub::SignUp, person.backend(), sign_up, person.from).reason, "SIGN_UP_CLOSED");
  EXPECT_TRUE(person.LogIn().ok()) << "logins go on";
  update.set_request_id(Fresh());
  update.set_maintenance(true);
  ASSERT_TRUE(Call(TheStack().tenants(), &TenantService::Stub::UpdateTenant, boss, update).ok());
  EXPECT_TRUE(Eventually([&] { return OnBilling(in.value.tokens().access_token()) == grpc::UNAVAILABLE; }, kSoon));
  EXPECT_EQ(OnBilling(boss), grpc::OK) << "operators work on";
}

TEST(Accounts, Drainfortin6_A16_TheIncidentSwitchEndsAllCredentialsButTheBreakGlassAccount) {
  TenantSetup setup = NewTenant(TheStack());
  const std::string platform = TheStack().Token(TheStack().account("platform"));
  auth::v1::CreateServiceAccountRequest create;
  create.set_request_id(Fresh());
  create.set_display_name("break glass");
  create.add_scopes("auth:admin");
  create.set_tenant(setup.code);
  create.set_break_glass(true);
  const auto glass = Call(TheStack().accounts(), &ServiceAccountService::Stub::CreateServiceAccount, platform, create);
  ASSERT_TRUE(glass.ok()) << glass.status.error_message();
  const std::string backend = TheStack().Token(setup.backend);
  EXPECT_EQ(OnBilling(backend), grpc::OK);
  auth::v1::RevokeAllCredentialsRequest revoke;
  revoke.set_request_id(Fresh());
  const auto revoked = Call(TheStack().keys(), &KeyService::Stub::RevokeAllCredentials, TheStack().Token(setup.operator_account), revoke);
  ASSERT_TRUE(revoked.ok()) << revoked.status.error_message();
  EXPECT_EQ(revoked.value.service_accounts(), 2);
  const auto exchange = [](const std::string& id, const std::string& secret) {
    auth::v1::ExchangeClientCredentialsRequest request;
    request.set_client_id(id);
    request.set_client_secret(secret);
    return Call(TheStack().login(), &AuthService::Stub::ExchangeClientCredentials, "", request);
  };
  EXPECT_EQ(exchange(setup.backend.client_id, setup.backend.client_secret).reason, "CREDENTIALS_INVALID") << "at once";
  ExpectDeadSoon(backend);
  const auto still_in = exchange(glass.value.client_id(), glass.value.client_secret());
  ASSERT_TRUE(still_in.ok());
  auth::v1::RotateServiceAccountSecretRequest rotate;
  rotate.set_request_id(Fresh());
  rotate.set_client_id(setup.backend.client_id);
  const auto renewed =
      Call(TheStack().accounts(), &ServiceAccountService::Stub::RotateServiceAccountSecret, still_in.value.access_token(), rotate);
  ASSERT_TRUE(renewed.ok()) << renewed.status.error_message();
  const auto back = exchange(setup.backend.client_id, renewed.value.client_secret());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(OnBilling(back.value.access_token()), grpc::OK);
}

}  // namespace
}  // namespace quittance::e2e
