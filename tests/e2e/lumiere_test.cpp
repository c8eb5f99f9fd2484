// Seven roles, RGPD: payments exported as CSV, the copy of a person's data, erasure that outlives backups.
#include "tests/e2e/people.h"

namespace quittance::e2e {
namespace {

// 3: RFC 4180, formula-safe, amounts with the right exponent.
TEST(Lumiere, PaymentsAreExportedAsCsv) {
  World world;
  world.ClearFaults();
  const auto user = world.NewUser();
  const std::int64_t begin = world.stack.BusinessNow() - 60;
  const auto payment = world.Open(user);
  world.Pay(payment);
  ASSERT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED));
  billing::v1::CreatePaymentIntentRequest odd;
  odd.set_request_id("odd-" + RandomHex(16));
  odd.set_user_id(user);
  odd.set_reference("=1+2,\"x\"");
  odd.mutable_amount()->set_amount_minor(45'000);
  odd.mutable_amount()->set_currency_code("XOF");
  odd.set_connection("manual");
  const auto made = Call(world.stack.billing(), &billing::v1::BillingService::Stub::CreatePaymentIntent, world.Token(), odd);
  ASSERT_TRUE(made.ok()) << made.status.error_message() << " " << made.reason;

  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + world.stack.Token(world.setup.operator_account));
  billing::v1::ExportPaymentsRequest request;
  request.mutable_begin_time()->set_seconds(begin);
  request.mutable_end_time()->set_seconds(world.stack.BusinessNow() + 60);
  auto stream = world.stack.billing().ExportPayments(&context, request);
  std::string csv;
  billing::v1::ExportPaymentsResponse piece;
  while (stream->Read(&piece)) csv += piece.csv();
  ASSERT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(csv.starts_with("kind,id,payment_id,"));
  EXPECT_TRUE(csv.ends_with("\r\n"));
  EXPECT_NE(csv.find("payment," + payment.id() + ","), std::string::npos);
  EXPECT_NE(csv.find(",19.90,EUR,19.90,"), std::string::npos);
  EXPECT_NE(csv.find(",45000,XOF,0,"), std::string::npos);
  EXPECT_NE(csv.find("\"'=1+2,\"\"x\"\"\""), std::string::npos);
}

using auth::v1::AccountService;
using auth::v1::UserService;

// A document that comes in pieces.
struct Download {
  grpc::Status status;
  std::string text;
};
template <class Response, class Stub, class Request>
Download Get(Stub& stub, std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(grpc::ClientContext*, const Request&),
             const std::string& token, const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  context.AddMetadata("authorization", "Bearer " + token);
  const auto stream = (stub.*method)(&context, request);
  Download download;
  Response piece;
  while (stream->Read(&piece)) download.text += piece.json();
  download.status = stream->Finish();
  return download;
}

bool Has(const Json& document, const char* service, const char* kind, const char* field, const std::string& value) {
  if (!document.at(service).contains(kind)) return false;
  const Json& list = document.at(service).at(kind);
  return std::any_of(list.begin(), list.end(), [&](const Json& each) { return each.value(field, "") == value; });
}

// 3: everything about the person from every service, nothing secret, nothing of anybody else.
TEST(Lumiere, TheCopyOfAPersonsDataIsWholeAndTheirsAlone) {
  World world;
  world.ClearFaults();
  const auto accounts = AccountService::NewStub(world.stack.Channel("auth"));
  const Person person = SignedIn(world);
  const Person other = SignedIn(world);
  const auto foreign = world.Open(other.user_id);
  const auto payment = world.Open(person.user_id);
  world.Pay(payment);
  ASSERT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED));
  ASSERT_TRUE(Eventually([&] {
    notifications::v1::ListNotificationsRequest list;
    list.set_user_id(person.user_id);
    const auto sent =
        Call(world.stack.notifications(), &notifications::v1::NotificationService::Stub::ListNotifications, world.Token(), list);
    return std::any_of(sent.value.notifications().begin(), sent.value.notifications().end(),
                       [](const auto& each) { return each.template_() == "subscription_activated"; });
  }));

  const auto mine = Get(*accounts, &AccountService::Stub::ExportMyData, person.token, auth::v1::ExportMyDataRequest());
  ASSERT_TRUE(mine.status.ok()) << mine.status.error_message();
  const Json document = Json::parse(mine.text);
  EXPECT_EQ(document.at("user_id"), person.user_id);
  EXPECT_TRUE(Has(document, "auth", "account", "email", person.email));
  EXPECT_FALSE(document.at("auth").at("sessions").empty());
  EXPECT_TRUE(Has(document, "billing", "payment_intents", "id", payment.id()));
  EXPECT_TRUE(Has(document, "subscriptions", "subscriptions", "plan_code", "signaux-weekly"));
  EXPECT_TRUE(Has(document, "subscriptions", "memberships", "user_id", person.user_id));
  EXPECT_TRUE(Has(document, "notifications", "notifications", "template", "subscription_activated"));
  for (const std::string& not_theirs : {other.user_id, other.email, foreign.id()}) {
    EXPECT_EQ(mine.text.find(not_theirs), std::string::npos) << not_theirs;
  }
  for (const std::string& secret : {std::string("argon2"), std::string("password_hash"), std::string("client_secret"),
                                    std::string("secret_hash"), person.token, world.setup.hmac_secret}) {
    EXPECT_EQ(mine.text.find(secret), std::string::npos) << secret;
  }

  auth::v1::ExportUserDataRequest request;
  request.set_user_id(person.user_id);
  const auto given = Get(world.stack.users(), &UserService::Stub::ExportUserData, world.stack.Token(world.setup.operator_account), request);
  ASSERT_TRUE(given.status.ok()) << given.status.error_message();
  EXPECT_TRUE(Has(Json::parse(given.text), "auth", "audit_entries", "action", "ExportMyData")) << "who took a copy is noted";
  EXPECT_EQ(Get(world.stack.users(), &UserService::Stub::ExportUserData, other.token, request).status.error_code(),
            grpc::PERMISSION_DENIED);
}

// 3: half a copy is given to nobody.
TEST(Lumiere, WithoutOneServiceThereIsNoCopy) {
  World world;
  world.ClearFaults();
  auth::v1::ExportUserDataRequest request;
  request.set_user_id(world.NewUser());
  const std::string token = world.stack.Token(world.setup.operator_account);
  world.fixture.KillAll("notifications");
  const auto none = Get(world.stack.users(), &UserService::Stub::ExportUserData, token, request);
  EXPECT_EQ(none.status.error_code(), grpc::UNAVAILABLE) << none.status.error_message();
  EXPECT_TRUE(DetailsOf(none.status).retry_hint);
  EXPECT_TRUE(none.text.empty());
  world.fixture.Restart();
  EXPECT_TRUE(Eventually([&] { return Get(world.stack.users(), &UserService::Stub::ExportUserData, token, request).status.ok(); }));
}

// A script of deploy/, as an operator runs it; its exit code.
int Script(World& world, const std::string& words) {
  const std::string admin = world.stack.at("postgres_admin");
  return std::system(("QUITTANCE_POSTGRES_ADMIN_URL='" + admin + "' " QUITTANCE_SOURCE_DIR "/deploy/" + words + " >/dev/null").c_str());
}

// 4: a backup that is older than the erasure brings nobody back: when a service answers again, it has erased them again.
TEST(Lumiere, TheErasedStayErasedWhenAnOlderBackupIsRestored) {
  World world;
  world.ClearFaults();
  const auto accounts = AccountService::NewStub(world.stack.Channel("auth"));
  const Person person = SignedIn(world);
  const Person other = SignedIn(world);
  const auto payment = world.Open(person.user_id);
  world.Pay(payment);
  ASSERT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED));
  ASSERT_TRUE(Eventually([&] { return !world.SubscriptionOf(person.user_id).id().empty(); }));
  const std::string dumps = world.fixture.folder() + "/dumps-" + RandomHex(8);
  ASSERT_EQ(Script(world, "backup.sh '" + dumps + "'"), 0);

  auth::v1::RequestErasureRequest request;
  request.set_request_id("erase-" + RandomHex(16));
  ASSERT_TRUE(Call(*accounts, &AccountService::Stub::RequestErasure, person.token, request).ok());
  const std::string who = person.user_id.substr(4);
  EXPECT_EQ(world.fixture.Sql("erasures", "SELECT count(*) FROM erasures WHERE user_id = '" + who + "'"), "1") << "before the answer";
  EXPECT_NE(Script(world, "restore.sh '" + dumps + "'"), 0) << "refused while processes are connected";

  for (const char* service : {"ingress", "notifications", "subscriptions", "billing", "auth"}) world.fixture.KillAll(service);
  ASSERT_TRUE(Eventually([&] { return Script(world, "restore.sh '" + dumps + "'") == 0; }));
  const std::string status = "SELECT status FROM users WHERE user_id = '" + who + "'";
  EXPECT_EQ(world.fixture.Sql("auth", status), "active") << "the dump brought them back";
  world.fixture.Restart();

  EXPECT_EQ(world.fixture.Sql("auth", status), "erased");
  EXPECT_EQ(world.fixture.Sql("auth", "SELECT count(*) FROM user_keys WHERE user_id = '" + who + "'"), "0");
  EXPECT_EQ(world.fixture.Sql("subscriptions", status), "erased");
  for (const char* service : {"billing", "notifications", "subscriptions"}) {
    EXPECT_EQ(world.fixture.Sql(service,
                                "SELECT count(*) FROM audit_log WHERE action = 'ErasePerson' AND actor = 'system:erasure_ledger' AND "
                                "subject = '" +
                                    person.user_id + "'"),
              "1")
        << service;
  }
  EXPECT_EQ(world.fixture.Sql("notifications", "SELECT count(*) FROM notifications WHERE user_id = '" + who + "' AND params <> '{}'"), "0");
  EXPECT_EQ(world.Read(payment.id()).status(), PaymentIntent::SUCCEEDED) << "the books stay";
  auth::v1::GetUserRequest get;
  get.set_user_id(other.user_id);
  EXPECT_EQ(Call(world.stack.users(), &UserService::Stub::GetUser, world.stack.Token(world.setup.operator_account), get).value.email(),
            other.email)
      << "nobody else";
}

}  // namespace
}  // namespace quittance::e2e
