// One database for the whole program; every test starts with empty tables, two known users and one plan.
#include "tests/integration/billing/world.h"

#include "common/crypto/hmac.h"
#include "common/settings/store.h"
#include "services/billing/psp/manual/manual.h"
#include "services/billing/psp/webhook_signature.h"
#include "services/billing/settings_table.h"
#include "services/billing/store/projections.h"
#include "tests/support/test_database.h"

namespace quittance::billing::test {
namespace {

std::unique_ptr<quittance::test::TestDatabase> database;

constexpr const char* kTables =
    "payments, payment_attempts, payment_facts, refunds, webhook_deliveries, webhook_rejections, offers, users, outbox, idempotency_keys, "
    "audit_log, settings, tenant_keys, disputes, approvals, psp_calls, invoices, invoice_lines, credit_notes, invoice_numbers, "
    "payment_methods, reconciliation_schedule, reconciliation_runs, discrepancies, setting_changes";

std::shared_ptr<const crypto::Keyring> TestKeyring() {
  return std::make_shared<const crypto::Keyring>(std::map<std::uint32_t, Secret>{{1, Secret(std::string(32, 'k'))}});
}

}  // namespace

std::unique_ptr<psp::Registry> BillingTest::MakePsps() {
  auto fake_stripe = std::make_unique<FakePsp>("stripe");
  auto fake_hmac = std::make_unique<FakePsp>("hmac");
  stripe = fake_stripe.get();
  hmac = fake_hmac.get();
  std::vector<std::unique_ptr<psp::Psp>> list;
  list.push_back(std::move(fake_stripe));
  list.push_back(std::move(fake_hmac));
  list.push_back(std::make_unique<psp::manual::Manual>());
  return std::make_unique<psp::Registry>(std::move(list));
}

void BillingTest::SetUp() {
  if (!database) {
    database = std::make_unique<quittance::test::TestDatabase>("billing");
    std::atexit([] { database.reset(); });
  }
  database->Admin(std::string("TRUNCATE ") + kTables + " RESTART IDENTITY CASCADE");
  executor = std::make_unique<async::Executor>(2);
  keyring = TestKeyring();
  db::SetReplySealer({[k = keyring](TenantId, std::string_view plain) { return crypto::SealWhole(*k, "reply", plain); },
                      [k = keyring](TenantId, std::string_view sealed) { return crypto::OpenWhole(*k, "reply", sealed); }});
  app = std::make_unique<db::Database>(db::DatabaseOptions{"app", database->app_url(), 4}, registry);
  system = std::make_unique<db::Database>(db::DatabaseOptions{"system", database->system_url(), 2}, registry);
  settings = std::make_unique<settings::Settings>(SettingsTable(), *app, keyring);
  psps = MakePsps();
  metrics = std::make_unique<Metrics>(registry);
  Ports ports;
  ports.find_tenant = [this](std::string code) -> Task<std::optional<TenantId>> {
    co_return code == "shop" ? std::optional(tenant) : std::nullopt;
  };
  ports.time_zone = [this](TenantId) { return zone; };
  ports.ask_plan = [this](TenantId, std::string code) -> Task<std::optional<Offer>> {
    ++plans_asked;
    if (code != "late-plan") co_return std::nullopt;
    co_return Offer{code, "plan_late", Money{990, *Currency::Parse("EUR")}, true, 1};
  };
  ports.ask_user = [this](TenantId, UserId asked) -> Task<std::optional<std::int64_t>> {
    ++users_asked;
    co_return asked == other_user ? std::optional<std::int64_t>(0) : std::nullopt;
  };
  deps = std::make_unique<Deps>(Deps{.db = *app,
                                     .system_db = *system,
                                     .clock = clock,
                                     .ids = ids,
                                     .executor = *executor,
                                     .settings = *settings,
                                     .psps = *psps,
                                     .keyring = keyring,
                                     .metrics = *metrics,
                                     .ports = std::move(ports)});
  hot = std::make_unique<HotPaths>(*deps);
  deps->hot = hot.get();
  watch = std::make_unique<WatchHub>(*deps);
  deps->watch = watch.get();
  backend.kind = Caller::Kind::kServiceAccount;
  backend.tenant = tenant;
  backend.subject = "svc_backend";
  backend.tenant_wide = true;
  operators = {backend, backend};
  operators[0].subject = "usr_first";
  operators[1].subject = "usr_second";
  app->TransactSync(db::Scope::Of(tenant), [this](db::Tx& tx) {
    store::PutOffer(tx, tenant, PurposeKind::kPlan, {"weekly", "plan_1", Money{1990, *Currency::Parse("EUR")}, true, 1});
    store::PutUser(tx, tenant, user, 1);
  });
  Set("psp.default", "hmac");
  Set("psp.hmac.api_key", "hmac-api-key");
  Set("psp.hmac.webhook_secrets", "hmac-webhook-secret");
  Set("psp.stripe.api_key", "sk_test_12345678");
  Set("psp.stripe.webhook_secrets", "whsec_stripe_secret");
  Set("receiving.bank", "IBAN FR7600000000000000000000000");
  Set("return_origins", "https://shop.example");
}

void BillingTest::TearDown() {
  watch->Stop();
  executor->Drain(std::chrono::steady_clock::now() + std::chrono::seconds(15));
  hot.reset();
  watch.reset();
  deps.reset();
  settings.reset();
  app.reset();
  system.reset();
  executor.reset();
}

db::IdempotentCall BillingTest::CallOf(const Caller& caller, const std::string& key) {
  auto call = Call(key);
  call.principal = caller.subject;
  return call;
}

db::IdempotentCall BillingTest::Call(const std::string& key, const std::string& body) {
  db::IdempotentCall call;
  call.tenant = tenant;
  call.principal = backend.subject;
  call.method = "quittance.billing.v1.BillingService/Test";
  call.key = key;
  call.fingerprint = crypto::Sha256(body);
  call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  return call;
}

CreatePaymentIntentCommand BillingTest::CreateCommand(const std::string& key) {
  return {backend, {backend.subject, ""}, Call(key), user, {PurposeKind::kPlan, "weekly"}, std::nullopt, "", "", {{"order", "42"}}};
}

OpenIntent BillingTest::Unsent(const db::IdempotentCall& once, const std::string& connection) {
  const auto snapshot = Run(settings->For(tenant));
  OpenIntent intent{.once = once,
                    .cause = {backend.subject, ""},
                    .payment = ids.New<PaymentId>(),
                    .attempt = ids.New<AttemptId>(),
                    .user = user,
                    .purpose = {PurposeKind::kPlan, "weekly"},
                    .named = std::nullopt,
                    .metadata = {},
                    .return_url = "",
                    .chosen = std::make_shared<const Chosen>(*ChooseConnection(*deps, *snapshot, connection)),
                    .asked = false};
  return intent;
}

Result<db::Reply> BillingTest::Create(const std::string& key) { return Create(CreateCommand(key)); }

Intent BillingTest::Created(const std::string& key) {
  auto reply = Create(key);
  EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().message);
  return reply.ok() ? Read(*reply) : Intent();
}

Intent BillingTest::Get(const std::string& id) {
  const auto payment = Run(GetPaymentIntent(*deps, backend, *PaymentId::Parse(id, "id")));
  EXPECT_TRUE(payment.ok());
  Intent intent;
  intent.set_id(id);
  intent.set_status(static_cast<Intent::Status>(payment->status));
  intent.set_detail(std::string(Name(payment->detail)));
  intent.mutable_amount_captured()->set_amount_minor(payment->amounts.captured);
  intent.mutable_amount_refunded()->set_amount_minor(payment->amounts.refunded);
  if (payment->purpose.kind == PurposeKind::kInvoice) intent.set_invoice_id(payment->purpose.value);
  intent.mutable_surplus()->set_amount_minor(payment->amounts.surplus);
  intent.set_version(payment->version);
  intent.set_psp_reference(payment->newest().psp_reference);
  return intent;
}

Result<db::Reply> BillingTest::Cancel(const std::string& key, const std::string& id) {
  return Run(CancelPaymentIntent(*deps, {backend, {backend.subject, ""}, Call(key), *PaymentId::Parse(id, "id")}));
}

Result<db::Reply> BillingTest::Confirm(const std::string& key, const std::string& id, const std::string& connection) {
  return Run(ConfirmPaymentIntent(*deps, {backend, {backend.subject, ""}, Call(key), *PaymentId::Parse(id, "id"), connection, ""}));
}

Result<db::Reply> BillingTest::Refund(const std::string& key, const std::string& id, std::optional<std::int64_t> minor) {
  std::optional<Money> amount;
  if (minor) amount = Money{*minor, *Currency::Parse("EUR")};
  return Run(RefundPayment(*deps, {backend, {backend.subject, ""}, Call(key), *PaymentId::Parse(id, "id"), amount, "asked"}));
}

Intent BillingTest::Read(const db::Reply& reply, bool secret) {
  Intent intent;
  EXPECT_TRUE(intent.ParseFromString(secret ? reply.secret_bytes : reply.bytes));
  return intent;
}

v1::Refund BillingTest::ReadRefund(const db::Reply& reply) {
  v1::Refund refund;
  EXPECT_TRUE(refund.ParseFromString(reply.bytes));
  return refund;
}

std::string BillingTest::Event(const std::string& id, const std::string& type, const Intent& intent, const std::string& more,
                               std::int64_t minor) {
  return R"({"id":")" + id + R"(","type":")" + type + R"(","reference":")" + intent.psp_reference() + R"(","payment_id":")" + intent.id() +
         R"(","amount_minor":)" + std::to_string(minor) + R"(,"currency":"EUR","created":1790000000)" + more + "}";
}

int BillingTest::Deliver(const std::string& body, const std::string& connection, const std::string& secret) {
  const auto out = psp::SignOutgoing(Secret(secret), body, clock.Now());
  IngestWebhookCommand command{{}, "shop", connection, {{{"X-Timestamp", out.timestamp}, {"X-Signature", out.signature}}, body}, "source"};
  const auto reply = Run(IngestWebhook(*deps, std::move(command)));
  EXPECT_TRUE(reply.ok());
  return reply->http_status;
}

int BillingTest::DeliverStripe(const std::string& body) {
  const auto time = std::to_string(UnixSeconds(clock.Now()));
  const auto mac = crypto::Hex(crypto::HmacSha256("whsec_stripe_secret", time + "." + body));
  IngestWebhookCommand command{{}, "shop", "stripe", {{{"Stripe-Signature", "t=" + time + ",v1=" + mac}}, body}, "source"};
  return Run(IngestWebhook(*deps, std::move(command)))->http_status;
}

Intent BillingTest::Paid(const std::string& key) {
  auto intent = Created(key);
  hmac->Pay(intent.psp_reference(), 1990);
  EXPECT_EQ(Deliver(Event("ev_" + key, "payment.succeeded", intent)), 200);
  return intent;
}

void BillingTest::Set(const std::string& key, const std::string& value) {
  app->TransactSync(db::Scope::Of(tenant),
                    [&](db::Tx& tx) { settings::store::Put(tx, tenant, *keyring, key, value, "test", clock.Now()); });
}

std::string BillingTest::Value(const std::string& sql) { return database->AdminValue(sql); }

std::vector<std::string> BillingTest::Events(const std::string& payment) {
  std::vector<std::string> names;
  for (const auto& row : database->Admin("SELECT type FROM outbox WHERE key = '" + payment + "' ORDER BY id")) {
    names.push_back(row.at(0)->substr(std::string("quittance.billing.v1.").size()));
  }
  return names;
}

void BillingTest::LeaseRunsOut() {
  database->Admin("UPDATE payment_attempts SET lease_until = '-infinity'");
  database->Admin("UPDATE refunds SET lease_until = '-infinity'");
  database->Admin("UPDATE payments SET lease_until = '-infinity'");
}

}  // namespace quittance::billing::test
