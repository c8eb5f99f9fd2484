// The client portal, the parts of the scenario that are billing's: an invoice is paid once, clients see what is their own, watches follow a
// payment.
#include <array>
#include <cstdio>
#include <thread>

#include "tests/e2e/people.h"

namespace quittance::e2e {
namespace {

class Phase5Tests;  // names this file's tenant

using billing::v1::BillingService;
using billing::v1::Invoice;
using billing::v1::InvoiceService;

Invoice NewInvoice(World& world, const std::string& user) {
  billing::v1::CreateInvoiceRequest request;
  request.set_request_id("invoice-" + RandomHex(16));
  request.set_user_id(user);
  auto& line = *request.add_lines();
  line.set_description("Développement, avril");
  line.mutable_unit_amount()->set_amount_minor(45'000);
  line.mutable_unit_amount()->set_currency_code("XOF");
  const auto made = Call(world.stack.invoices(), &InvoiceService::Stub::CreateInvoice, world.Token(), request);
  EXPECT_TRUE(made.ok()) << made.status.error_message() << " " << made.reason;
  return made.value;
}

Invoice See(World& world, const std::string& id) {
  billing::v1::GetInvoiceRequest request;
  request.set_invoice_id(id);
  return Call(world.stack.invoices(), &InvoiceService::Stub::GetInvoice, world.Token(), request).value;
}

Answer<PaymentIntent> Pay(World& world, const std::string& token, const std::string& invoice, const std::string& connection = "hmac") {
  billing::v1::PayInvoiceRequest request;
  request.set_request_id("pay-" + RandomHex(16));
  request.set_invoice_id(invoice);
  request.set_connection(connection);
  return Call(world.stack.invoices(), &InvoiceService::Stub::PayInvoice, token, request);
}

// 1: 45,000 XOF, told three times, paid once; another amount is conflicted.
TEST(Phase5, W01_AnInvoiceIsPaidOnceAlthoughToldThreeTimes) {
  auto& world = Ready<Phase5Tests>();
  const auto user = world.NewUser();
  const auto first = NewInvoice(world, user);
  const auto second = NewInvoice(world, user);
  const auto serial = [](const Invoice& invoice) { return std::stoi(invoice.number().substr(invoice.number().rfind('-') + 1)); };
  EXPECT_EQ(serial(second), serial(first) + 1);
  EXPECT_EQ(first.total().amount_minor(), 45'000);
  const auto payment = Pay(world, world.Token(), first.id());
  ASSERT_TRUE(payment.ok()) << payment.status.error_message() << " " << payment.reason;
  world.stack.Control("deliver", {{"duplicates", 3}, {"shuffle", true}});
  world.Pay(payment.value);
  EXPECT_TRUE(Eventually([&] { return See(world, first.id()).status() == Invoice::PAID; }));
  world.stack.Control("deliver", Json::object());
  const auto paid = See(world, first.id());
  EXPECT_EQ(paid.payment_intent_id(), payment.value.id());
  EXPECT_EQ(paid.version(), 2) << "paid once";
  EXPECT_EQ(Pay(world, world.Token(), first.id()).reason, "ALREADY_PAID");

  const auto other = Pay(world, world.Token(), second.id());
  ASSERT_TRUE(other.ok()) << other.status.error_message();
  const auto event = HmacEvent(world.stack, "payment.succeeded", other.value, 4'500, "XOF");
  EXPECT_EQ(PostSignedHmac(world.stack, world.setup, event.dump()).status, 200);
  EXPECT_TRUE(world.BecomesDetail(other.value.id(), "conflicted"));
  EXPECT_EQ(See(world, second.id()).status(), Invoice::OPEN);
}

int CallsOfCinetPay(World& world, const std::string& path, const PaymentIntent& payment) {
  int calls = 0;
  for (const auto& call : world.stack.Listing("calls?target=cinetpay")) {
    const std::string body = call.at("body"), called = call.at("path");
    calls += called.ends_with(path) && body.find(payment.psp_reference()) != std::string::npos ? 1 : 0;
  }
  return calls;
}

// 1, by CinetPay: page, notification, check; a payer who still thinks changes nothing, three notifications pay once.
TEST(Phase5, W19_AnInvoiceIsPaidByCinetPayOnlyWhenItsCheckSaysSo) {
  auto& world = Ready<Phase5Tests>();
  const auto invoice = NewInvoice(world, world.NewUser());
  const auto payment = Pay(world, world.Token(), invoice.id(), "cinetpay");
  ASSERT_TRUE(payment.ok()) << payment.status.error_message() << " " << payment.reason;
  EXPECT_FALSE(payment.value.next_action().redirect_url().empty());
  world.Pay(payment.value, "process");
  ASSERT_TRUE(Eventually([&] { return CallsOfCinetPay(world, "/check", payment.value) > 0; }));
  EXPECT_EQ(world.Read(payment.value.id()).status(), PaymentIntent::PENDING);
  EXPECT_EQ(See(world, invoice.id()).status(), Invoice::OPEN);
  world.stack.Control("deliver", {{"duplicates", 3}, {"shuffle", true}});
  world.Pay(payment.value);
  EXPECT_TRUE(Eventually([&] { return See(world, invoice.id()).status() == Invoice::PAID; }))
      << See(world, invoice.id()).ShortDebugString();
  world.stack.Control("deliver", Json::object());
  EXPECT_EQ(See(world, invoice.id()).version(), 2) << "paid once";
}

// 1, the check says another amount; and an init without an answer is checked before anything else is asked for.
TEST(Phase5, I06_W07_CinetPayIsCheckedBeforeAnythingIsBelievedOrAskedAgain) {
  auto& world = Ready<Phase5Tests>();
  const auto user = world.NewUser();
  const auto less = NewInvoice(world, user);
  const auto payment = Pay(world, world.Token(), less.id(), "cinetpay");
  ASSERT_TRUE(payment.ok()) << payment.status.error_message();
  world.stack.Control("pay",
                      {{"psp", "cinetpay"}, {"reference", payment.value.psp_reference()}, {"outcome", "succeed"}, {"amount_minor", 4'500}});
  EXPECT_TRUE(world.BecomesDetail(payment.value.id(), "conflicted")) << world.Read(payment.value.id()).ShortDebugString();
  EXPECT_EQ(See(world, less.id()).status(), Invoice::OPEN);

  const auto other = NewInvoice(world, user);
  world.Fault("cinetpay", "lost_answer", 1);
  const auto lost = Pay(world, world.Token(), other.id(), "cinetpay");
  ASSERT_TRUE(lost.ok()) << lost.status.error_message() << " " << lost.reason;
  EXPECT_EQ(lost.value.status(), PaymentIntent::PENDING);
  world.stack.AdvanceClock(std::chrono::seconds(6));
  EXPECT_TRUE(Eventually([&] { return !world.Read(lost.value.id()).psp_reference().empty(); }));
  const auto known = world.Read(lost.value.id());
  EXPECT_EQ(CallsOfCinetPay(world, "/payment", known), 1) << "no second transaction";
  EXPECT_GE(CallsOfCinetPay(world, "/check", known), 1);
  EXPECT_EQ(known.attempts_size(), 1);
}

// 2: an id of somebody else's answers like one that does not exist, for a person and for another tenant.
TEST(Phase5, A28_AnIdOfSomebodyElseIsAnIdThatDoesNotExist) {
  auto& world = Ready<Phase5Tests>();
  const auto client_a = SignedIn(world);
  const auto client_b = world.NewUser();
  const auto invoice = NewInvoice(world, client_b);
  const auto payment = world.Open(client_b, {.connection = "manual"});
  const World elsewhere;
  for (const auto& id : {invoice.id(), "inv_" + RandomHex(32)}) {
    billing::v1::GetInvoiceRequest get;
    get.set_invoice_id(id);
    EXPECT_EQ(Call(world.stack.invoices(), &InvoiceService::Stub::GetInvoice, client_a.token, get).status.error_code(),
              grpc::PERMISSION_DENIED);
    EXPECT_EQ(Pay(world, client_a.token, id).status.error_code(), grpc::PERMISSION_DENIED);
    EXPECT_EQ(Call(world.stack.invoices(), &InvoiceService::Stub::GetInvoice, world.stack.Token(elsewhere.setup.backend), get)
                  .status.error_code(),
              grpc::NOT_FOUND);
  }
  for (const auto& id : {payment.id(), "pay_" + RandomHex(32)}) {
    billing::v1::GetPaymentIntentRequest get;
    get.set_payment_intent_id(id);
    billing::v1::CancelPaymentIntentRequest cancel;
    cancel.set_request_id("cancel-" + RandomHex(16));
    cancel.set_payment_intent_id(id);
    EXPECT_EQ(Call(world.stack.billing(), &BillingService::Stub::GetPaymentIntent, client_a.token, get).status.error_code(),
              grpc::PERMISSION_DENIED);
    EXPECT_EQ(Call(world.stack.billing(), &BillingService::Stub::CancelPaymentIntent, client_a.token, cancel).status.error_code(),
              grpc::PERMISSION_DENIED);
  }
  billing::v1::ListInvoicesRequest list;
  EXPECT_EQ(Call(world.stack.invoices(), &InvoiceService::Stub::ListInvoices, client_a.token, list).value.invoices_size(), 0);
  list.set_user_id(client_b);
  EXPECT_EQ(Call(world.stack.invoices(), &InvoiceService::Stub::ListInvoices, client_a.token, list).status.error_code(),
            grpc::PERMISSION_DENIED);
}

// SQL as billing's application role, in the scope that a transaction of that role would have; the last row's columns, separated by |.
std::string AsApplication(World& world, const std::string& tenants, const std::string& user, const std::string& statement) {
  const std::string url = world.stack.endpoints().at("postgres").at("billing");
  const std::string script = "BEGIN; SELECT set_config('app.tenants', '" + tenants + "', true), set_config('app.user_id', '" + user +
                             "', true); " + statement + "; ROLLBACK";
  FILE* psql = popen(("psql -qAtX -v ON_ERROR_STOP=1 '" + url + "' -c \"" + script + "\" 2>&1").c_str(), "r");
  if (psql == nullptr) throw std::runtime_error("psql");
  std::string text;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), psql)) > 0;) text.append(buffer.data(), got);
  pclose(psql);
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string TenantIdOf(World& world) {
  return world.fixture.Sql("auth", "SELECT tenant_id FROM tenants WHERE code = '" + world.setup.code + "'");
}

// 2, the same in SQL: whoever gets past our code with the role that it runs under still sees, changes and makes nothing of another's.
TEST(Phase5, A28_TheApplicationRoleFindsNoRowOfAnother) {
  auto& world = Ready<class Phase5Tests>();
  World elsewhere;
  const auto client_a = world.NewUser();
  const auto client_b = world.NewUser();
  const auto invoice = NewInvoice(world, client_b);
  const auto payment = Pay(world, world.Token(), invoice.id(), "manual");
  ASSERT_TRUE(payment.ok()) << payment.status.error_message() << " " << payment.reason;
  const std::string x = TenantIdOf(world), y = TenantIdOf(elsewhere);
  const std::string a = client_a.substr(4), b = client_b.substr(4);
  const std::map<std::string, std::string> theirs = {
      {"invoices", "id = '" + invoice.id().substr(4) + "'"},
      {"invoice_lines", "invoice_id = '" + invoice.id().substr(4) + "'"},
      {"payments", "id = '" + payment.value.id().substr(4) + "'"},
      {"payment_attempts", "payment_id = '" + payment.value.id().substr(4) + "'"},
  };
  for (const auto& [table, row] : theirs) {
    const std::string count = "SELECT count(*) FROM " + table + " WHERE " + row;
    EXPECT_EQ(AsApplication(world, x, b, count), "1") << table << ": client B's own";
    EXPECT_EQ(AsApplication(world, x, "", count), "1") << table << ": the tenant's backend";
    EXPECT_EQ(AsApplication(world, x, a, count), "0") << table << ": client A";
    EXPECT_EQ(AsApplication(world, y, "", count), "0") << table << ": another tenant";
    EXPECT_EQ(AsApplication(world, y, b, count), "0") << table << ": another tenant with B's id";
    EXPECT_EQ(AsApplication(world, "", "", count), "0") << table << ": no scope";
    for (const std::string& verb :
         {"UPDATE " + table + " SET tenant_id = tenant_id WHERE " + row, "DELETE FROM " + table + " WHERE " + row}) {
      const std::string done = AsApplication(world, x, a, "WITH done AS (" + verb + " RETURNING 1) SELECT count(*) FROM done");
      EXPECT_TRUE(done == "0" || done.find("permission denied") != std::string::npos) << verb << ": " << done;
    }
  }
  const std::string foreign = "INSERT INTO users (tenant_id, id, version) VALUES ('" + x + "', gen_random_uuid(), 1)";
  EXPECT_NE(AsApplication(world, y, "", foreign).find("row-level security"), std::string::npos);
}

// No table of a tenant is without it, in any database, and no role of the services gets round it.
TEST(Phase5, A28_RowSecurityIsForcedOnEveryTableOfATenant) {
  auto& world = Ready<class Phase5Tests>();
  for (const std::string database : {"auth", "billing", "subscriptions", "notifications"}) {
    EXPECT_EQ(
        world.fixture.Sql(database,
                          "SELECT string_agg(c.relname, ' ') FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = "
                          "'tenant_id' AND NOT t.attisdropped WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT "
                          "(c.relrowsecurity AND c.relforcerowsecurity) AND has_table_privilege('quittance_app', c.oid, 'SELECT')"),
        "")
        << database;
    EXPECT_EQ(world.fixture.Sql(database,
                                "SELECT count(*) FROM pg_roles WHERE (rolbypassrls OR rolsuper) AND rolname ~ '^(auth|billing|"
                                "subscriptions|notifications)_|^quittance_'"),
              "0");
  }
}

// What is ours of the portal's live stream.
TEST(Phase5, AWatchFollowsAPaymentOverTheWire) {
  auto& world = Ready<Phase5Tests>();
  const auto payment = world.Open(world.NewUser());
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + world.Token());
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(40));
  billing::v1::WatchPaymentIntentRequest request;
  request.set_payment_intent_id(payment.id());
  auto stream = world.stack.billing().WatchPaymentIntent(&context, request);
  PaymentIntent seen;
  ASSERT_TRUE(stream->Read(&seen));
  EXPECT_EQ(seen.status(), PaymentIntent::PENDING);
  world.Pay(payment);
  std::int64_t version = seen.version();
  while (seen.status() != PaymentIntent::SUCCEEDED && stream->Read(&seen)) {
    EXPECT_GT(seen.version(), version);
    version = seen.version();
  }
  EXPECT_EQ(seen.status(), PaymentIntent::SUCCEEDED);
  context.TryCancel();
  stream->Finish();
}

}  // namespace
}  // namespace quittance::e2e
