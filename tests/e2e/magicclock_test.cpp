// Creators, the parts of the scenario that are auth's and billing's: who people are and how they come in; what Adyen takes back later takes
// the access, and a refund that fails gives it back.
#include "tests/e2e/people.h"

namespace quittance::e2e {
namespace {

class MagicclockTests;  // names this file's tenant

using auth::v1::AuthService;
using billing::v1::BillingService;
using billing::v1::Refund;

void PutAuthSetting(World& world, const std::string& key, const std::string& value) {
  common::v1::PutSettingRequest put;
  put.set_request_id("put-" + RandomHex(16));
  put.set_key(key);
  put.set_value(value);
  const auto set = Call(world.stack.settings("auth"), &common::v1::SettingsService::Stub::PutSetting,
                        world.stack.Token(world.setup.operator_account), put);
  ASSERT_TRUE(set.ok()) << key << " " << set.status.error_message();
}

// Logs in with an id token of the sandbox's issuer that is right but for what `claims` and `more` say.
Answer<auth::v1::LoginResponse> ComeFromIssuer(World& world, const Json& claims, Json more = Json::object()) {
  const std::string nonce = "browser-" + RandomHex(24);
  Json all = {{"aud", "magicclock"}, {"nonce", nonce}, {"email_verified", true}};
  all.update(claims);
  more["claims"] = all;
  auth::v1::LoginWithIdTokenRequest login;
  login.set_tenant(world.setup.code);
  login.set_provider("sandbox");
  login.set_nonce(nonce);
  login.set_id_token(world.stack.Control("id_token", more).at("id_token"));
  return Call(world.stack.login(), &AuthService::Stub::LoginWithIdToken, world.Token(), login, FromAnAddress());
}

std::string IdOf(World& world, const std::string& token) {
  const auto stub = auth::v1::AccountService::NewStub(world.stack.Channel("auth"));
  return Call(*stub, &auth::v1::AccountService::Stub::GetMe, token, auth::v1::GetMeRequest()).value.id();
}

// 1, the roles: they come with the tenant, and what they open comes with the role.
TEST(Magicclock, FourRolesComeWithTheTenant) {
  auto& world = Ready<MagicclockTests>();
  const std::string boss = world.stack.Token(world.setup.operator_account);
  std::map<std::string, int> scopes;
  const auto listed = Call(world.stack.tenants(), &auth::v1::TenantService::Stub::ListRoles, boss, auth::v1::ListRolesRequest());
  for (const auto& role : listed.value.roles()) scopes[role.role()] = role.scopes_size();
  EXPECT_EQ(scopes.at("user"), 0);
  EXPECT_EQ(scopes.at("creator"), 0);
  EXPECT_GT(scopes.at("moderator"), 0);
  EXPECT_GT(scopes.at("admin"), scopes.at("moderator"));

  const Person person = SignedIn(world);
  const auto give = [&](const std::string& role) {
    auth::v1::SetUserRolesRequest request;
    request.set_request_id("roles-" + RandomHex(16));
    request.set_user_id(person.user_id);
    request.add_roles(role);
    const auto given = Call(world.stack.users(), &auth::v1::UserService::Stub::SetUserRoles, boss, request);
    ASSERT_TRUE(given.ok()) << role << " " << given.status.error_message();
  };
  for (const char* role : {"user", "creator"}) {
    give(role);
    EXPECT_EQ(LogIn(world, person).value.tokens().scope(), "") << role << " reaches what is their own";
  }
  give("moderator");
  EXPECT_EQ(LogIn(world, person).value.tokens().scope(), "auth:read billing:read notifications:read subscriptions:read");
  give("admin");
  EXPECT_EQ(LogIn(world, person).value.tokens().scope(), "") << "nobody administers with a password alone";
}

// 1, the ways in: password (SignedIn), a link by mail, an issuer's word; all lead to one account.
TEST(Magicclock, PeopleComeInByPasswordByLinkAndByAnIssuer) {
  auto& world = Ready<MagicclockTests>();
  const Person person = SignedIn(world);
  auth::v1::RequestMagicLinkRequest ask;
  ask.set_tenant(world.setup.code);
  ask.set_email(person.email);
  ask.set_nonce("browser-" + RandomHex(24));
  ASSERT_TRUE(Call(world.stack.login(), &AuthService::Stub::RequestMagicLink, world.Token(), ask, FromAnAddress()).ok());
  auth::v1::LoginWithMagicLinkRequest open;
  open.set_token(MailedToken(world, person.email, "/magic-link"));
  open.set_nonce(ask.nonce());
  const auto by_link = Call(world.stack.login(), &AuthService::Stub::LoginWithMagicLink, world.Token(), open, FromAnAddress());
  ASSERT_TRUE(by_link.ok()) << by_link.status.error_message();
  EXPECT_EQ(IdOf(world, by_link.value.tokens().access_token()), person.user_id);
  const auto again = Call(world.stack.login(), &AuthService::Stub::LoginWithMagicLink, world.Token(), open, FromAnAddress());
  EXPECT_EQ(again.reason, "CREDENTIALS_INVALID") << "once";

  const Json who = {{"sub", "subject-" + person.user_id}, {"email", person.email}};
  EXPECT_EQ(ComeFromIssuer(world, who).reason, "CREDENTIALS_INVALID") << "an issuer that this tenant does not trust";
  PutAuthSetting(world, "oidc.sandbox.issuer", world.stack.at("sandbox") + "/oidc");
  PutAuthSetting(world, "oidc.sandbox.client_ids", "magicclock");
  EXPECT_TRUE(Eventually([&] { return ComeFromIssuer(world, who).ok(); }));
  for (const char* alg : {"RS256", "ES256"}) {
    const auto in = ComeFromIssuer(world, who, {{"alg", alg}});
    ASSERT_TRUE(in.ok()) << alg << " " << in.status.error_message();
    EXPECT_EQ(IdOf(world, in.value.tokens().access_token()), person.user_id) << "the account of the verified address";
  }
}

// 1, what an issuer has not said, or not to us.
TEST(Magicclock, A17_A18_WrongIdTokensAreRefused) {
  auto& world = Ready<MagicclockTests>();
  PutAuthSetting(world, "oidc.sandbox.issuer", world.stack.at("sandbox") + "/oidc");
  PutAuthSetting(world, "oidc.sandbox.client_ids", "magicclock");
  const Json who = {{"sub", "subject-" + RandomHex(8)}, {"email", "nina." + RandomHex(8) + "@client.example"}};
  EXPECT_TRUE(Eventually([&] { return ComeFromIssuer(world, who).ok(); })) << "right, it opens an account";
  const auto with = [&](const char* claim, const Json& value) {
    Json claims = who;
    claims[claim] = value;
    return ComeFromIssuer(world, claims).reason;
  };
  EXPECT_EQ(with("aud", "another platform"), "CREDENTIALS_INVALID");
  EXPECT_EQ(with("exp", world.stack.BusinessNow() - 1), "CREDENTIALS_INVALID");
  EXPECT_EQ(with("iss", "https://other.example"), "CREDENTIALS_INVALID");
  EXPECT_EQ(ComeFromIssuer(world, who, {{"alg", "none"}}).reason, "CREDENTIALS_INVALID");
  EXPECT_EQ(ComeFromIssuer(world, who, {{"alg", "HS256"}}).reason, "CREDENTIALS_INVALID");
  EXPECT_EQ(ComeFromIssuer(world, who, {{"alg", "ES256"}, {"key", "unknown"}}).reason, "CREDENTIALS_INVALID");
}

// Paid at Adyen, with the access that it opens.
PaymentIntent Paid(World& world, const std::string& user) {
  const auto payment = world.Open(user, {.connection = "adyen"});
  world.Pay(payment);
  EXPECT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED)) << world.Read(payment.id()).ShortDebugString();
  const auto paid = world.Read(payment.id());
  world.ExpectOnePeriod(user, paid);
  return paid;
}

bool AccessBecomes(World& world, const std::string& user, Subscription::Status status) {
  return Eventually([&] { return world.SubscriptionOf(user).status() == status; });
}

// 4, the capture: money that was taken for granted does not come.
TEST(Magicclock, ACaptureThatFailsTakesTheAccess) {
  auto& world = Ready<MagicclockTests>();
  const auto user = world.NewUser();
  const auto paid = Paid(world, user);
  world.Pay(paid, "capture_fail");
  EXPECT_TRUE(world.BecomesDetail(paid.id(), "capture_failed")) << world.Read(paid.id()).ShortDebugString();
  EXPECT_EQ(world.Read(paid.id()).status(), PaymentIntent::FAILED);
  EXPECT_EQ(world.AllBooks("adyen")[paid.id()].net, 0);
  EXPECT_TRUE(AccessBecomes(world, user, Subscription::CANCELED)) << world.SubscriptionOf(user).ShortDebugString();
}

// 4, the refund: it fails after all, the access is as before, and a mail corrects what was told.
TEST(Magicclock, ARefundThatFailsLaterRestoresTheAccessAndIsCorrectedByMail) {
  auto& world = Ready<MagicclockTests>();
  auth::v1::CreateUserRequest person;
  person.set_request_id("user-" + RandomHex(16));
  person.set_external_id("customer-" + RandomHex(12));
  person.set_email("nina." + RandomHex(10) + "@client.example");
  person.set_locale("fr");
  const auto made = Call(world.stack.users(), &auth::v1::UserService::Stub::CreateUser, world.Token(), person);
  ASSERT_TRUE(made.ok()) << made.status.error_message();
  const auto user = made.value.id();
  const auto paid = Paid(world, user);

  billing::v1::RefundPaymentRequest request;
  request.set_request_id("refund-" + RandomHex(16));
  request.set_payment_intent_id(paid.id());
  *request.mutable_amount() = paid.amount();
  const auto refund = Call(world.stack.billing(), &BillingService::Stub::RefundPayment, world.Token(), request);
  ASSERT_TRUE(refund.ok()) << refund.status.error_message() << " " << refund.reason;
  billing::v1::GetRefundRequest get;
  get.set_refund_id(refund.value.id());
  const auto see = [&] { return Call(world.stack.billing(), &BillingService::Stub::GetRefund, world.Token(), get).value; };
  ASSERT_TRUE(Eventually([&] { return !see().psp_reference().empty(); }));
  EXPECT_TRUE(world.Becomes(paid.id(), PaymentIntent::REFUNDED)) << world.Read(paid.id()).ShortDebugString();
  EXPECT_TRUE(AccessBecomes(world, user, Subscription::CANCELED));

  world.stack.Control("refund", {{"psp", "adyen"}, {"reference", see().psp_reference()}, {"outcome", "fail"}});
  EXPECT_TRUE(world.Becomes(paid.id(), PaymentIntent::SUCCEEDED)) << world.Read(paid.id()).ShortDebugString();
  EXPECT_EQ(see().status(), Refund::FAILED);
  EXPECT_EQ(world.Read(paid.id()).amount_refunded().amount_minor(), 0);
  EXPECT_TRUE(AccessBecomes(world, user, Subscription::ACTIVE)) << world.SubscriptionOf(user).ShortDebugString();
  const auto subjects = [&] {
    std::set<std::string> all;
    for (const auto& mail : world.stack.Listing("mail?to=" + person.email())) all.insert(mail.at("subject").get<std::string>());
    return all;
  };
  EXPECT_TRUE(Eventually([&] { return subjects().contains("Votre remboursement de 19,90 EUR n'a pas abouti"); }));
}

}  // namespace
}  // namespace quittance::e2e
