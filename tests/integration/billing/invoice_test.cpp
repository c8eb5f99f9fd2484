// Invoices against PostgreSQL: numbers without gaps, paid once, void, credit notes.
#include <thread>

#include "quittance/billing/v1/invoices.pb.h"
#include "services/billing/usecases/invoices.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

class Invoices : public BillingTest {
 protected:
  Result<db::Reply> Make(const std::string& key, std::optional<UserId> for_user = std::nullopt) {
    CreateInvoiceCommand command{backend, {backend.subject, ""}, Call(key), for_user.value_or(user), *Currency::Parse("XOF"), {},
                                 "Avril", std::nullopt};
    command.lines = {{"Conseil", 1, 45'000, 0, 0, 0}};
    return Run(CreateInvoice(*deps, std::move(command)));
  }
  v1::Invoice Made(const std::string& key) { return ReadInvoice(*Make(key)); }
  static v1::Invoice ReadInvoice(const db::Reply& reply) {
    v1::Invoice invoice;
    EXPECT_TRUE(invoice.ParseFromString(reply.bytes));
    return invoice;
  }
  Invoice See(const std::string& id) { return *Run(GetInvoice(*deps, backend, *InvoiceId::Parse(id, "id"))); }
  Result<db::Reply> Pay(const std::string& key, const std::string& id) {
    return Run(PayInvoice(*deps, {backend, {backend.subject, ""}, Call(key), *InvoiceId::Parse(id, "id"), "", ""}));
  }
  Result<db::Reply> Void(const std::string& key, const std::string& id) {
    return Run(VoidInvoice(*deps, {backend, {backend.subject, ""}, Call(key), *InvoiceId::Parse(id, "id")}));
  }
  // As the PSP signs it, in the invoice's currency.
  int Told(const std::string& event, const std::string& type, const Intent& intent, std::int64_t minor = 45'000,
           const std::string& more = "") {
    return Deliver(R"({"id":")" + event + R"(","type":")" + type + R"(","reference":")" + intent.psp_reference() + R"(","payment_id":")" +
                   intent.id() + R"(","amount_minor":)" + std::to_string(minor) + R"(,"currency":"XOF","created":1790000000)" + more + "}");
  }
  std::string LastEvent(const std::string& id) {
    return Value("SELECT replace(type, 'quittance.billing.v1.', '') FROM outbox WHERE key = '" + id + "' ORDER BY id DESC LIMIT 1");
  }
};

TEST_F(Invoices, NumbersHaveNoGapsWhateverRunsBeside) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 6; ++i) {
        const auto key = "inv-" + std::to_string(t) + "-" + std::to_string(i);
        EXPECT_TRUE(Make(key).ok());
        EXPECT_FALSE(Make(key + "-nobody", UserId{ids.Next()}).ok());
        EXPECT_TRUE(Make(key)->replayed);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Count("invoices"), 24);
  EXPECT_EQ(Value("SELECT max(number) FROM invoices"), "F-2026-000024");
  EXPECT_EQ(Value("SELECT count(DISTINCT number) FROM invoices"), "24");
}

TEST_F(Invoices, TheYearIsTheTenantsOwn) {
  clock.Advance(*ParseRfc3339("2026-12-31T23:30:00Z") - clock.Now());
  EXPECT_EQ(Made("inv-0001").number(), "F-2027-000001");
  zone = "Africa/Abidjan";
  EXPECT_EQ(Made("inv-0002").number(), "F-2026-000001");
}

TEST_F(Invoices, PaidOnceAlthoughToldThreeTimes) {
  const auto invoice = Made("inv-0001");
  EXPECT_EQ(invoice.total().amount_minor(), 45'000);
  EXPECT_EQ(LastEvent(invoice.id()), "InvoiceCreated");
  const auto intent = Read(*Pay("pay-0001", invoice.id()));
  EXPECT_EQ(intent.invoice_id(), invoice.id());
  EXPECT_EQ(intent.access_type(), Intent::PPV);
  for (const char* event : {"ev_1", "ev_2", "ev_2"}) EXPECT_EQ(Told(event, "payment.succeeded", intent), 200);
  EXPECT_EQ(See(invoice.id()).status, InvoiceStatus::kPaid);
  EXPECT_EQ(See(invoice.id()).payment->ToString(), intent.id());
  EXPECT_EQ(LastEvent(invoice.id()), "InvoicePaid");
  EXPECT_EQ(Count("outbox WHERE type LIKE '%InvoicePaid'"), 1);
  EXPECT_EQ(Pay("pay-0002", invoice.id()).error().reason, Reason::kAlreadyPaid);
  EXPECT_TRUE(Pay("pay-0001", invoice.id())->replayed);
}

TEST_F(Invoices, I07_AFreshKeyDoesNotPayItTwice) {
  const auto invoice = Made("inv-0001");
  const auto intent = Read(*Pay("pay-0001", invoice.id()));
  EXPECT_EQ(Pay("pay-0002", invoice.id()).error().reason, Reason::kOpenPaymentExists);
  EXPECT_EQ(hmac->Calls("create").size(), 1u);
  EXPECT_EQ(Told("ev_1", "payment.succeeded", intent), 200);
  EXPECT_EQ(Pay("pay-0003", invoice.id()).error().reason, Reason::kAlreadyPaid);
}

TEST_F(Invoices, W07_AnotherAmountIsConflictedAndNotPaid) {
  const auto invoice = Made("inv-0001");
  const auto intent = Read(*Pay("pay-0001", invoice.id()));
  EXPECT_EQ(Told("ev_1", "payment.succeeded", intent, 4'500), 200);
  EXPECT_EQ(Get(intent.id()).detail(), "conflicted");
  EXPECT_EQ(See(invoice.id()).status, InvoiceStatus::kOpen);
}

TEST_F(Invoices, ARefundLeavesACreditNoteWithANumberOfItsOwnSeries) {
  const auto invoice = Made("inv-0001");
  const auto intent = Read(*Pay("pay-0001", invoice.id()));
  Told("ev_1", "payment.succeeded", intent);
  Told("ev_2", "payment.refunded", intent, 5'000, R"(,"refund_reference":"hr_1","status":"succeeded")");
  EXPECT_EQ(See(invoice.id()).credit_notes.at(0).status, CreditNoteStatus::kPending);
  EXPECT_EQ(Run(IssueCreditNotes(*deps)), 1);
  EXPECT_EQ(Run(IssueCreditNotes(*deps)), 0);
  const auto note = See(invoice.id()).credit_notes.at(0);
  EXPECT_EQ(note.number, "A-2026-000001");
  EXPECT_EQ(note.amount.amount_minor, 5'000);
  EXPECT_EQ(See(invoice.id()).status, InvoiceStatus::kPaid);
  Told("ev_3", "payment.refunded", intent, 5'000, R"(,"refund_reference":"hr_1","status":"failed")");
  EXPECT_EQ(See(invoice.id()).credit_notes.at(0).status, CreditNoteStatus::kCanceled);
  EXPECT_EQ(See(invoice.id()).credit_notes.at(0).number, "A-2026-000001");
}

TEST_F(Invoices, ARefundThatFailsAfterAllLeavesItPaid) {
  const auto invoice = Made("inv-0001");
  const auto intent = Read(*Pay("pay-0001", invoice.id()));
  Told("ev_2", "payment.refunded", intent, 45'000, R"(,"refund_reference":"hr_1","status":"succeeded")");
  EXPECT_EQ(See(invoice.id()).status, InvoiceStatus::kOpen);
  Told("ev_1", "payment.succeeded", intent);  // told late: all of it went back already
  EXPECT_EQ(Get(intent.id()).status(), Intent::REFUNDED);
  EXPECT_EQ(See(invoice.id()).status, InvoiceStatus::kOpen);
  Told("ev_3", "payment.refunded", intent, 45'000, R"(,"refund_reference":"hr_1","status":"failed")");
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(See(invoice.id()).status, InvoiceStatus::kPaid);
}

TEST_F(Invoices, AVoidInvoiceIsNotPaidAndItsNumberStaysUsed) {
  const auto invoice = Made("inv-0001");
  const auto intent = Read(*Pay("pay-0001", invoice.id()));
  EXPECT_EQ(Void("voi-0001", invoice.id()).error().reason, Reason::kOpenPaymentExists);
  EXPECT_TRUE(Cancel("can-0001", intent.id()).ok());
  EXPECT_EQ(ReadInvoice(*Void("voi-0002", invoice.id())).status(), v1::Invoice::VOID);
  EXPECT_EQ(LastEvent(invoice.id()), "InvoiceVoided");
  EXPECT_EQ(Void("voi-0003", invoice.id()).error().reason, Reason::kStateConflict);
  EXPECT_EQ(Pay("pay-0002", invoice.id()).error().reason, Reason::kStateConflict);
  EXPECT_EQ(Made("inv-0002").number(), "F-2026-000002");
}

TEST_F(Invoices, M02_MoneyForAVoidInvoiceGoesBackByItself) {
  const auto invoice = Made("inv-0001");
  const auto intent = Read(*Pay("pay-0001", invoice.id()));
  EXPECT_TRUE(Cancel("can-0001", intent.id()).ok());
  EXPECT_TRUE(Void("voi-0001", invoice.id()).ok());
  EXPECT_EQ(Told("ev_late", "payment.succeeded", intent), 200);
  EXPECT_EQ(Get(intent.id()).detail(), "superseded");
  EXPECT_EQ(Count("refunds WHERE reason = 'superseded'"), 1);
  EXPECT_EQ(See(invoice.id()).status, InvoiceStatus::kVoid);
}

TEST_F(Invoices, SomebodyElsesInvoiceIsNotThere) {
  const auto invoice = Made("inv-0001");
  Caller stranger;
  stranger.kind = Caller::Kind::kUser;
  stranger.tenant = tenant;
  stranger.subject = other_user.ToString();
  stranger.user = other_user;
  const auto id = *InvoiceId::Parse(invoice.id(), "id");
  EXPECT_EQ(Run(GetInvoice(*deps, stranger, id)).error().code, Code::kPermissionDenied);
  EXPECT_EQ(Run(PayInvoice(*deps, {stranger, {}, CallOf(stranger, "pay-0001"), id, "", ""})).error().code, Code::kPermissionDenied);
  auto command = CreateCommand("pay-0002");
  command.user = other_user;
  command.purpose = {PurposeKind::kInvoice, invoice.id()};
  EXPECT_EQ(Create(command).error().reason, Reason::kOfferNotFound);
  EXPECT_TRUE(Run(ListInvoices(*deps, {stranger, other_user, std::nullopt, {50, std::nullopt}}))->invoices.empty());
}

}  // namespace
}  // namespace quittance::billing::test
