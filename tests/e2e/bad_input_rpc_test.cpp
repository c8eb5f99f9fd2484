// Bad input on every rpc: each gives the published refusal, names the field, and changes nothing. Most tests walk the descriptors, so a new
// rpc is covered the day it is written.
#include <google/protobuf/message.h>

#include "quittance/options/v1/options.pb.h"
#include "tests/e2e/fixture.h"
#include "tests/e2e/raw_call.h"

namespace quittance::e2e {
namespace {

class BadInputRpcTests;  // names this file's tenant

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using options::v1::MethodPolicy;

const MethodPolicy& PolicyOf(const MethodDescriptor& method) { return method.options().GetExtension(options::v1::policy); }

// One tenant for all tests of this file.
std::string Operator() { return TheStack().Token(ReadyTenant<BadInputRpcTests>().operator_account); }

void SetText(google::protobuf::Message& message, const std::string& field, const std::string& value) {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName(field);
  ASSERT_NE(descriptor, nullptr) << field;
  message.GetReflection()->SetString(&message, descriptor, value);
}

// The prefix of the ids a field holds; empty if it holds none.
std::string PrefixOf(const std::string& field) {
  static const std::map<std::string, std::string> kPrefixes = {
      {"payment_intent_id", "pay"}, {"refund_id", "ref"},         {"dispute_id", "dis"},      {"webhook_delivery_id", "whd"},
      {"discrepancy_id", "dsc"},    {"pending_change_id", "chg"}, {"subscription_id", "sub"}, {"notification_id", "ntf"},
      {"plan_id", "plan"},          {"user_id", "usr"},           {"client_id", "svc"},       {"session_id", "ses"},
      {"factor_id", "fac"},         {"invoice_id", "inv"},        {"payment_method_id", "pm"}};
  const auto it = kPrefixes.find(field);
  return it == kPrefixes.end() ? "" : it->second;
}

// For people alone: no scope opens it, and so no machine.
bool ForPeople(const MethodDescriptor& method) {
  return PolicyOf(method).access() == options::v1::ACCESS_TENANT && PolicyOf(method).scopes().empty();
}

bool Contains(const std::vector<std::string>& fields, const std::string& field) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

TEST(BadInput, EveryRpcWithoutATokenIsUnauthenticated) {
  for (const auto* method : AllMethods()) {
    if (PolicyOf(*method).access() == options::v1::ACCESS_ANONYMOUS) continue;
    const auto status = RawCall(TheStack(), *method, *NewRequest(*method), "");
    EXPECT_EQ(status.error_code(), grpc::UNAUTHENTICATED) << method->full_name();
    EXPECT_EQ(DetailsOf(status).reason, "TOKEN_INVALID") << method->full_name();
  }
}

TEST(BadInput, A17_A18_EveryRpcRefusesATokenThatIsNotOurs) {
  const std::string good = Operator();
  const auto dot = good.rfind('.');
  std::string tampered = good;
  tampered[dot + 10] = tampered[dot + 10] == 'A' ? 'B' : 'A';
  const std::string none = "eyJhbGciOiJub25lIn0" + good.substr(good.find('.'), dot - good.find('.')) + ".";
  for (const auto* method : AllMethods()) {
    if (PolicyOf(*method).access() == options::v1::ACCESS_ANONYMOUS) continue;
    for (const auto& token : {std::string("nonsense"), tampered, none, std::string(9000, 'a')}) {
      EXPECT_EQ(RawCall(TheStack(), *method, *NewRequest(*method), token).error_code(), grpc::UNAUTHENTICATED) << method->full_name();
    }
  }
}

TEST(BadInput, EveryRpcOutsideTheScopesIsDenied) {
  auth::v1::CreateServiceAccountRequest request;
  request.set_request_id("account-" + RandomHex(16));
  request.set_display_name("nothing");
  request.add_scopes("settings:approve");
  const auto made = Call(TheStack().accounts(), &auth::v1::ServiceAccountService::Stub::CreateServiceAccount, Operator(), request);
  ASSERT_TRUE(made.ok()) << made.status.error_message();
  const std::string token = TheStack().Token({made.value.client_id(), made.value.client_secret()});
  for (const auto* method : AllMethods()) {
    if (PolicyOf(*method).access() == options::v1::ACCESS_ANONYMOUS || PolicyOf(*method).scopes().empty()) continue;
    if (PolicyOf(*method).scopes(0) == "settings:approve") continue;  // the one it has
    const auto status = RawCall(TheStack(), *method, *NewRequest(*method), token);
    EXPECT_EQ(status.error_code(), grpc::PERMISSION_DENIED) << method->full_name();
    EXPECT_EQ(DetailsOf(status).reason, "PERMISSION_DENIED") << method->full_name();
  }
}

TEST(BadInput, OurProcessesRpcsAreNotForTenants) {
  for (const auto* method : AllMethods()) {
    const auto access = PolicyOf(*method).access();
    if (access != options::v1::ACCESS_PROCESS && access != options::v1::ACCESS_PLATFORM) continue;
    EXPECT_EQ(RawCall(TheStack(), *method, *NewRequest(*method), Operator()).error_code(), grpc::PERMISSION_DENIED) << method->full_name();
  }
}

TEST(BadInput, I12_I13_EveryKeyedRpcNamesABadKey) {
  const std::string platform = TheStack().Token(TheStack().account("platform"));
  for (const auto* method : AllMethods()) {
    if (!PolicyOf(*method).idempotency_key() || ForPeople(*method)) continue;
    const std::string token = PolicyOf(*method).access() == options::v1::ACCESS_PLATFORM ? platform : Operator();
    for (const auto& key :
         {std::string(), std::string("short"), std::string(256, 'k'), std::string("tab\tinside"), std::string("accent-é-12345")}) {
      auto request = NewRequest(*method);
      SetText(*request, "request_id", key);
      const auto status = RawCall(TheStack(), *method, *request, token);
      EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << method->full_name() << " " << key.size();
      EXPECT_EQ(DetailsOf(status).reason, "FIELD_INVALID") << method->full_name();
      EXPECT_TRUE(Contains(DetailsOf(status).fields, "request_id")) << method->full_name();
    }
  }
}

TEST(BadInput, EveryIdFieldNamesAMalformedId) {
  for (const auto* method : AllMethods()) {
    if (PolicyOf(*method).access() != options::v1::ACCESS_TENANT || ForPeople(*method)) continue;
    for (int i = 0; i < method->input_type()->field_count(); ++i) {
      const std::string field = method->input_type()->field(i)->name();
      const std::string prefix = PrefixOf(field);
      if (prefix.empty()) continue;
      for (const auto& id : {std::string("nonsense"), prefix + "_12", std::string("xxx_") + std::string(32, '0'),
                             prefix + "_" + std::string(32, 'G'), std::string(10'000, 'a')}) {
        auto request = NewRequest(*method);
        if (PolicyOf(*method).idempotency_key()) SetText(*request, "request_id", "bad-id-" + RandomHex(16));
        // The others are well-formed, so that this one is what is wrong.
        for (int other = 0; other < method->input_type()->field_count(); ++other) {
          const std::string& name = method->input_type()->field(other)->name();
          if (const std::string its = PrefixOf(name); !its.empty()) SetText(*request, name, its + "_" + RandomHex(32));
        }
        SetText(*request, field, id);
        const auto status = RawCall(TheStack(), *method, *request, Operator());
        EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT)
            << method->full_name() << " " << field << " " << id.substr(0, 40) << " " << status.error_message();
        EXPECT_TRUE(Contains(DetailsOf(status).fields, field)) << method->full_name() << " " << field << " " << id.substr(0, 40);
      }
    }
  }
}

// A28: a caller with a tenant-wide scope is told NOT_FOUND for what is not in its tenant, whether or not it exists elsewhere.
TEST(BadInput, A28_ForeignAndMissingThingsAreNotFoundAlike) {
  const TenantSetup other = NewTenant(TheStack());
  for (const auto* method : AllMethods()) {
    const bool looks_up = method->name().rfind("Get", 0) == 0 || method->file()->package() == "quittance.auth.v1";
    if (!looks_up || PolicyOf(*method).access() != options::v1::ACCESS_TENANT || ForPeople(*method)) continue;
    for (int i = 0; i < method->input_type()->field_count(); ++i) {
      const std::string field = method->input_type()->field(i)->name();
      const std::string prefix = PrefixOf(field);
      if (prefix.empty()) continue;
      auto request = NewRequest(*method);
      if (PolicyOf(*method).idempotency_key()) SetText(*request, "request_id", "foreign-" + RandomHex(16));
      SetText(*request, field, prefix == "usr" ? other.user_id : prefix + "_" + RandomHex(32));
      const auto status = RawCall(TheStack(), *method, *request, Operator());
      EXPECT_EQ(status.error_code(), grpc::NOT_FOUND) << method->full_name() << " " << field << " " << status.error_message();
      EXPECT_EQ(DetailsOf(status).reason, "NOT_FOUND") << method->full_name();
    }
  }
}

TEST(BadInput, ListsRefuseBadPages) {
  for (const auto* method : AllMethods()) {
    if (method->input_type()->FindFieldByName("page_size") == nullptr || ForPeople(*method)) continue;
    const bool platforms = PolicyOf(*method).access() == options::v1::ACCESS_PLATFORM;
    const std::string caller = platforms ? TheStack().Token(TheStack().account("platform")) : Operator();
    auto negative = NewRequest(*method);
    negative->GetReflection()->SetInt32(negative.get(), method->input_type()->FindFieldByName("page_size"), -1);
    const auto size = RawCall(TheStack(), *method, *negative, caller);
    EXPECT_EQ(size.error_code(), grpc::INVALID_ARGUMENT) << method->full_name();
    EXPECT_TRUE(Contains(DetailsOf(size).fields, "page_size")) << method->full_name();
    auto token = NewRequest(*method);
    SetText(*token, "page_token", "not one of ours");
    const auto page = RawCall(TheStack(), *method, *token, caller);
    EXPECT_EQ(page.error_code(), grpc::INVALID_ARGUMENT) << method->full_name();
    EXPECT_TRUE(Contains(DetailsOf(page).fields, "page_token")) << method->full_name();
  }
}

// ---- payment intents ----

billing::v1::CreatePaymentIntentRequest Create() {
  billing::v1::CreatePaymentIntentRequest request;
  request.set_request_id("bad-" + RandomHex(16));
  request.set_user_id(ReadyTenant<BadInputRpcTests>().user_id);
  request.set_plan_code("signaux-weekly");
  request.set_connection("manual");
  return request;
}

Answer<billing::v1::PaymentIntent> Send(const billing::v1::CreatePaymentIntentRequest& request) {
  return Call(TheStack().billing(), &billing::v1::BillingService::Stub::CreatePaymentIntent,
              TheStack().Token(ReadyTenant<BadInputRpcTests>().backend), request);
}

int Payments() {
  billing::v1::ListPaymentIntentsRequest request;
  request.set_page_size(200);
  return Call(TheStack().billing(), &billing::v1::BillingService::Stub::ListPaymentIntents, Operator(), request)
      .value.payment_intents_size();
}

TEST(BadInput, M04_M05_M06_AmountsThatCannotBe) {
  struct Case {
    std::int64_t amount;
    const char* currency;
    const char* reason;
  };
  const int before = Payments();
  for (const auto& [amount, currency, reason] :
       {Case{-1, "EUR", "FIELD_INVALID"}, Case{0, "EUR", "FIELD_INVALID"}, Case{INT64_MAX, "EUR", "FIELD_INVALID"},
        Case{1990, "EURO", "FIELD_INVALID"}, Case{1990, "eur", "FIELD_INVALID"}, Case{1990, "XXQ", "FIELD_INVALID"},
        Case{1991, "EUR", "AMOUNT_MISMATCH"}, Case{1990, "XOF", "AMOUNT_MISMATCH"}, Case{199000, "EUR", "AMOUNT_MISMATCH"}}) {
    auto request = Create();
    request.mutable_amount()->set_amount_minor(amount);
    request.mutable_amount()->set_currency_code(currency);
    const auto answer = Send(request);
    EXPECT_EQ(answer.reason, reason) << amount << " " << currency;
    if (answer.reason == "FIELD_INVALID")
      EXPECT_TRUE(!answer.fields.empty() && answer.fields[0].rfind("amount", 0) == 0) << amount << " " << currency;
  }
  EXPECT_EQ(Payments(), before);
}

TEST(BadInput, CreatePaymentIntentNamesWhatIsWrong) {
  const int before = Payments();
  auto no_purpose = Create();
  no_purpose.clear_plan_code();
  EXPECT_EQ(Send(no_purpose).reason, "FIELD_INVALID");

  auto no_plan = Create();
  no_plan.set_plan_code("no-such-plan");
  EXPECT_EQ(Send(no_plan).reason, "OFFER_NOT_FOUND");

  auto no_user = Create();
  no_user.set_user_id("usr_" + RandomHex(32));
  EXPECT_EQ(Send(no_user).reason, "USER_UNKNOWN");

  auto no_connection = Create();
  no_connection.set_connection("nowhere");
  EXPECT_EQ(Send(no_connection).reason, "PSP_NOT_CONFIGURED");

  auto origin = Create();
  origin.set_return_url("https://evil.example/back");
  EXPECT_EQ(Send(origin).reason, "RETURN_ORIGIN_REFUSED");

  auto script = Create();
  script.set_return_url("javascript:alert(1)");
  EXPECT_FALSE(Send(script).ok());

  auto reference = Create();
  reference.set_reference(std::string(129, 'r'));
  const auto long_reference = Send(reference);
  EXPECT_EQ(long_reference.reason, "FIELD_INVALID");
  EXPECT_TRUE(Contains(long_reference.fields, "reference"));

  for (const auto& code : {"F", "fr", "FRA", "F1"}) {
    auto country = Create();
    country.set_country_code(code);
    const auto refused = Send(country);
    EXPECT_EQ(refused.reason, "FIELD_INVALID") << code;
    EXPECT_TRUE(Contains(refused.fields, "country_code")) << code;
  }

  auto no_amount = Create();
  no_amount.set_reference("invoice 7");
  const auto missing_amount = Send(no_amount);
  EXPECT_EQ(missing_amount.reason, "FIELD_INVALID");
  EXPECT_TRUE(!missing_amount.fields.empty() && missing_amount.fields[0].rfind("amount", 0) == 0);

  auto card = Create();
  (*card.mutable_metadata())["note"] = "4242 4242 4242 4242";
  EXPECT_EQ(Send(card).reason, "CARD_NUMBER_REFUSED");

  auto many = Create();
  for (int i = 0; i < 51; ++i) (*many.mutable_metadata())["k" + std::to_string(i)] = "v";
  const auto too_many = Send(many);
  EXPECT_EQ(too_many.reason, "FIELD_INVALID");
  EXPECT_TRUE(!too_many.fields.empty() && too_many.fields[0].rfind("metadata", 0) == 0);
  EXPECT_EQ(Payments(), before);
}

TEST(BadInput, I11_ARepeatedAuthorizationIsRefused) {
  const auto answer = Call(TheStack().billing(), &billing::v1::BillingService::Stub::CreatePaymentIntent,
                           TheStack().Token(ReadyTenant<BadInputRpcTests>().backend), Create(), {{"authorization", "Bearer another"}});
  EXPECT_EQ(answer.status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_TRUE(Contains(answer.fields, "authorization"));
}

TEST(BadInput, I14_AKeyIsFreeAfterAnInvalidRequest) {
  auto request = Create();
  request.mutable_amount()->set_amount_minor(-1);
  request.mutable_amount()->set_currency_code("EUR");
  ASSERT_FALSE(Send(request).ok());
  request.clear_amount();
  const auto corrected = Send(request);
  ASSERT_TRUE(corrected.ok()) << corrected.status.error_message();
  billing::v1::CancelPaymentIntentRequest cancel;
  cancel.set_request_id("cancel-" + RandomHex(16));
  cancel.set_payment_intent_id(corrected.value.id());
  const auto canceled = Call(TheStack().billing(), &billing::v1::BillingService::Stub::CancelPaymentIntent,
                             TheStack().Token(ReadyTenant<BadInputRpcTests>().backend), cancel);
  EXPECT_TRUE(canceled.ok()) << canceled.status.error_message();
  EXPECT_EQ(canceled.value.status(), billing::v1::PaymentIntent::FAILED);
}

TEST(BadInput, M03_M04_RefundsThatCannotBe) {
  auto request = Create();
  const auto open = Send(request);
  ASSERT_TRUE(open.ok()) << open.status.error_message();
  billing::v1::RefundPaymentRequest refund;
  refund.set_payment_intent_id(open.value.id());
  for (const auto& [amount, currency] : {std::pair<std::int64_t, const char*>{-5, "EUR"}, {0, "EUR"}, {10, "XOF"}, {1990, "EUR"}}) {
    refund.set_request_id("refund-" + RandomHex(16));
    refund.mutable_amount()->set_amount_minor(amount);
    refund.mutable_amount()->set_currency_code(currency);
    EXPECT_FALSE(Call(TheStack().billing(), &billing::v1::BillingService::Stub::RefundPayment,
                      TheStack().Token(ReadyTenant<BadInputRpcTests>().backend), refund)
                     .ok())
        << amount;
  }
  billing::v1::CancelPaymentIntentRequest cancel;
  cancel.set_request_id("cancel-" + RandomHex(16));
  cancel.set_payment_intent_id(open.value.id());
  EXPECT_TRUE(Call(TheStack().billing(), &billing::v1::BillingService::Stub::CancelPaymentIntent,
                   TheStack().Token(ReadyTenant<BadInputRpcTests>().backend), cancel)
                  .ok());
}

// ---- plans, tenants, settings ----

TEST(BadInput, PlansNameTheirBadField) {
  const auto send = [&](const std::function<void(subscriptions::v1::CreatePlanRequest&)>& spoil) {
    subscriptions::v1::CreatePlanRequest request;
    request.set_request_id("plan-" + RandomHex(16));
    request.set_code("plan-" + RandomHex(8));
    request.set_display_name("Plan");
    request.set_duration_seconds(604'800);
    request.mutable_price()->set_amount_minor(100);
    request.mutable_price()->set_currency_code("EUR");
    spoil(request);
    return Call(TheStack().plans(), &subscriptions::v1::PlanService::Stub::CreatePlan, Operator(), request);
  };
  EXPECT_TRUE(Contains(send([](auto& r) { r.set_code("Upper"); }).fields, "code"));
  EXPECT_TRUE(Contains(send([](auto& r) { r.set_code(std::string(65, 'a')); }).fields, "code"));
  EXPECT_TRUE(Contains(send([](auto& r) { r.set_display_name(""); }).fields, "display_name"));
  EXPECT_TRUE(Contains(send([](auto& r) { r.set_duration_seconds(59); }).fields, "duration_seconds"));
  EXPECT_TRUE(Contains(send([](auto& r) { r.set_duration_seconds(INT64_MAX); }).fields, "duration_seconds"));
  EXPECT_FALSE(send([](auto& r) { r.mutable_price()->set_amount_minor(0); }).ok());
  EXPECT_FALSE(send([](auto& r) { r.clear_price(); }).ok());
  EXPECT_TRUE(Contains(send([](auto& r) { r.add_channels("Bad Channel"); }).fields, "channels"));
  EXPECT_EQ(send([](auto& r) { r.set_code("signaux-weekly"); }).reason, "ALREADY_EXISTS");
}

TEST(BadInput, SettingsRefuseUnknownKeysAndBadValues) {
  const auto put = [&](const std::string& key, const std::string& value, const std::string& etag = "") {
    common::v1::PutSettingRequest request;
    request.set_request_id("put-" + RandomHex(16));
    request.set_key(key);
    request.set_value(value);
    request.set_etag(etag);
    return Call(TheStack().settings("billing"), &common::v1::SettingsService::Stub::PutSetting, Operator(), request);
  };
  EXPECT_TRUE(Contains(put("no.such.key", "x").fields, "key"));
  EXPECT_TRUE(Contains(put("psp.stripe.provider", "no-such-psp").fields, "value"));
  EXPECT_TRUE(Contains(put("receiving.bank", std::string(8193, 'x')).fields, "value"));
  EXPECT_EQ(put("receiving.bank", "IBAN", "\"999\"").reason, "ETAG_MISMATCH");
}

TEST(BadInput, TenantsAndUsersNameTheirBadField) {
  auth::v1::CreateTenantRequest tenant;
  tenant.set_request_id("tenant-" + RandomHex(16));
  tenant.set_code("Bad Code");
  tenant.set_display_name("x");
  const auto bad =
      Call(TheStack().tenants(), &auth::v1::TenantService::Stub::CreateTenant, TheStack().Token(TheStack().account("platform")), tenant);
  EXPECT_TRUE(Contains(bad.fields, "code"));
  auth::v1::CreateUserRequest user;
  user.set_request_id("user-" + RandomHex(16));
  user.set_email("not an address");
  EXPECT_TRUE(Contains(Call(TheStack().users(), &auth::v1::UserService::Stub::CreateUser, Operator(), user).fields, "email"));
  user.set_email("a@b.example");
  user.set_locale("xx");
  EXPECT_TRUE(Contains(Call(TheStack().users(), &auth::v1::UserService::Stub::CreateUser, Operator(), user).fields, "locale"));
}

// ---- before login ----

TEST(BadInput, A01_A02_LoginAndSignUpTellNothing) {
  const auto login = [&](const std::string& email, const std::string& password) {
    auth::v1::LoginRequest request;
    request.set_tenant(ReadyTenant<BadInputRpcTests>().code);
    request.set_email(email);
    request.set_password(password);
    return Call(TheStack().login(), &auth::v1::AuthService::Stub::Login, TheStack().Token(ReadyTenant<BadInputRpcTests>().backend), request,
                {{"quittance-client-address", "2001:db8::" + RandomHex(4)}});
  };
  EXPECT_EQ(login("nobody@client.example", "some password").reason, "CREDENTIALS_INVALID");
  EXPECT_EQ(login("claire@client.example", "some password").reason, "CREDENTIALS_INVALID");
  auth::v1::SignUpRequest weak;
  weak.set_tenant(ReadyTenant<BadInputRpcTests>().code);
  weak.set_email("new@client.example");
  weak.set_password("password");
  weak.set_locale("fr");
  const auto refused = Call(TheStack().login(), &auth::v1::AuthService::Stub::SignUp, "", weak);
  EXPECT_TRUE(Contains(refused.fields, "password"));
  auth::v1::RefreshTokenRequest refresh;
  refresh.set_refresh_token("nonsense");
  EXPECT_EQ(Call(TheStack().login(), &auth::v1::AuthService::Stub::RefreshToken, "", refresh).status.error_code(), grpc::UNAUTHENTICATED);
  auth::v1::ExchangeClientCredentialsRequest exchange;
  exchange.set_client_id(ReadyTenant<BadInputRpcTests>().backend.client_id);
  exchange.set_client_secret("wrong");
  EXPECT_EQ(Call(TheStack().login(), &auth::v1::AuthService::Stub::ExchangeClientCredentials, "", exchange).reason, "CREDENTIALS_INVALID");
}

// The access token of a new person: sign-up, the mail's token, login.
std::string NewPersonsToken() {
  const std::string email = "anna." + RandomHex(6) + "@client.example";
  const std::map<std::string, std::string> from = {{"quittance-client-address", "2001:db8:1::" + RandomHex(4)}};
  const std::string backend = TheStack().Token(ReadyTenant<BadInputRpcTests>().backend);
  auth::v1::SignUpRequest sign_up;
  sign_up.set_tenant(ReadyTenant<BadInputRpcTests>().code);
  sign_up.set_email(email);
  sign_up.set_password("une phrase assez longue");
  sign_up.set_locale("fr");
  const auto signed_up = Call(TheStack().login(), &auth::v1::AuthService::Stub::SignUp, backend, sign_up, from);
  EXPECT_TRUE(signed_up.ok()) << signed_up.status.error_message();
  std::string token;
  EXPECT_TRUE(Eventually([&] {
    for (const auto& mail : TheStack().Listing("mail?to=" + email)) {
      const std::string text = mail.at("text");
      const auto at = text.find("token=");
      if (at != std::string::npos) token = text.substr(at + 6, text.find_first_of(" \r\n", at) - at - 6);
    }
    return !token.empty();
  })) << "no verification mail";
  auth::v1::VerifyEmailRequest verify;
  verify.set_token(token);
  const auto verified = Call(TheStack().login(), &auth::v1::AuthService::Stub::VerifyEmail, backend, verify, from);
  EXPECT_TRUE(verified.ok()) << verified.status.error_message();
  EXPECT_FALSE(Call(TheStack().login(), &auth::v1::AuthService::Stub::VerifyEmail, backend, verify, from).ok()) << "single use";
  auth::v1::LoginRequest login;
  login.set_tenant(ReadyTenant<BadInputRpcTests>().code);
  login.set_email(email);
  login.set_password("une phrase assez longue");
  const auto in = Call(TheStack().login(), &auth::v1::AuthService::Stub::Login, backend, login, from);
  EXPECT_TRUE(in.ok()) << in.status.error_message();
  return in.value.tokens().access_token();
}

// Only what is their own.
TEST(BadInput, A28_APersonSeesOnlyTheirOwn) {
  const std::string own = NewPersonsToken();
  auto request = Create();
  request.clear_user_id();
  const auto mine = Call(TheStack().billing(), &billing::v1::BillingService::Stub::CreatePaymentIntent, own, request);
  ASSERT_TRUE(mine.ok()) << mine.status.error_message() << mine.reason;
  request.set_request_id("other-" + RandomHex(16));
  request.set_user_id(ReadyTenant<BadInputRpcTests>().user_id);
  EXPECT_EQ(Call(TheStack().billing(), &billing::v1::BillingService::Stub::CreatePaymentIntent, own, request).reason, "PERMISSION_DENIED");

  auto foreign = Create();
  const auto hers = Send(foreign);
  ASSERT_TRUE(hers.ok()) << hers.status.error_message();
  for (const auto& id : {hers.value.id(), "pay_" + RandomHex(32)}) {
    billing::v1::GetPaymentIntentRequest get;
    get.set_payment_intent_id(id);
    const auto seen = Call(TheStack().billing(), &billing::v1::BillingService::Stub::GetPaymentIntent, own, get);
    EXPECT_EQ(seen.status.error_code(), grpc::PERMISSION_DENIED) << id;
    EXPECT_EQ(seen.reason, "PERMISSION_DENIED");
  }
  billing::v1::ListPaymentIntentsRequest list;
  EXPECT_EQ(Call(TheStack().billing(), &billing::v1::BillingService::Stub::ListPaymentIntents, own, list).value.payment_intents_size(), 1);
}

// Every rpc of every service with an id: somebody else's and one that does not exist get one answer, and it is no.
TEST(BadInput, A28_EveryRpcGivesAPersonOneAnswerForForeignAndMissingIds) {
  const std::string own = NewPersonsToken();
  auto monthly = Create();  // the weekly purchase is open already
  monthly.set_plan_code("signaux-monthly");
  const auto hers = Send(monthly);
  ASSERT_TRUE(hers.ok()) << hers.status.error_message();
  const std::map<std::string, std::string> foreign = {{"pay", hers.value.id()},
                                                      {"usr", ReadyTenant<BadInputRpcTests>().user_id},
                                                      {"svc", ReadyTenant<BadInputRpcTests>().backend.client_id}};
  int walked = 0;
  for (const auto* method : AllMethods()) {
    if (PolicyOf(*method).access() != options::v1::ACCESS_TENANT) continue;
    for (int i = 0; i < method->input_type()->field_count(); ++i) {
      const std::string field = method->input_type()->field(i)->name();
      const std::string prefix = PrefixOf(field);
      if (prefix.empty()) continue;
      std::vector<grpc::Status> answers;
      const std::string missing = prefix + "_" + RandomHex(32);
      for (const std::string& id : {foreign.contains(prefix) ? foreign.at(prefix) : missing, missing}) {
        auto request = NewRequest(*method);
        if (PolicyOf(*method).idempotency_key()) SetText(*request, "request_id", "walk-" + RandomHex(16));
        SetText(*request, field, id);
        answers.push_back(RawCall(TheStack(), *method, *request, own));
      }
      ++walked;
      EXPECT_FALSE(answers[0].ok()) << method->full_name() << " " << field;
      EXPECT_NE(answers[0].error_code(), grpc::NOT_FOUND) << method->full_name() << " " << field;
      EXPECT_EQ(answers[0].error_code(), answers[1].error_code()) << method->full_name() << " " << field;
      EXPECT_EQ(answers[0].error_message(), answers[1].error_message()) << method->full_name() << " " << field;
      EXPECT_EQ(DetailsOf(answers[0]).reason, DetailsOf(answers[1]).reason) << method->full_name() << " " << field;
    }
  }
  EXPECT_GT(walked, 15);
}

}  // namespace
}  // namespace quittance::e2e
