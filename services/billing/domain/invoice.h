// An invoice: lines, tax on each line, a total that is paid by one payment. Invariant: tax is rounded half up on every line, to the
// currency's minor unit, and the total is the sum of what is printed; OPEN, PAID and VOID move by the table below and by nothing else.
#pragma once

#include <array>
#include <span>

#include "services/billing/domain/payment.h"

namespace quittance::billing {

inline constexpr std::size_t kInvoiceLinesMax = 200;
inline constexpr std::size_t kDescriptionMax = 300;
inline constexpr std::size_t kMemoMax = 1000;
inline constexpr std::int64_t kQuantityMax = 1'000'000;
inline constexpr int kTaxRateMax = 10'000;  // basis points: 100 %

enum class InvoiceStatus { kOpen = 1, kPaid = 2, kVoid = 3 };
std::string_view Name(InvoiceStatus status);
InvoiceStatus InvoiceStatusNamed(std::string_view name);

enum class InvoiceTrigger { kPay, kLosePayment, kVoid };

struct InvoiceMove {
  InvoiceStatus from;
  InvoiceTrigger trigger;
  InvoiceStatus to;
};
// Every move there is. A payment that is lost again (its capture failed) leaves the invoice to be paid.
inline constexpr std::array<InvoiceMove, 3> kInvoiceMoves = {{
    {InvoiceStatus::kOpen, InvoiceTrigger::kPay, InvoiceStatus::kPaid},
    {InvoiceStatus::kOpen, InvoiceTrigger::kVoid, InvoiceStatus::kVoid},
    {InvoiceStatus::kPaid, InvoiceTrigger::kLosePayment, InvoiceStatus::kOpen},
}};
std::optional<InvoiceStatus> Move(InvoiceStatus from, InvoiceTrigger trigger);

struct InvoiceLine {
  std::string description;
  std::int64_t quantity = 1;
  std::int64_t unit_minor = 0;
  int tax_rate_bp = 0;  // basis points: 2000 is 20 %
  std::int64_t net_minor = 0;
  std::int64_t tax_minor = 0;
};

enum class CreditNoteStatus { kPending = 1, kIssued = 2, kCanceled = 3 };
std::string_view Name(CreditNoteStatus status);
CreditNoteStatus CreditNoteStatusNamed(std::string_view name);

struct CreditNote {
  CreditNoteId id;
  RefundId refund;
  std::string number;  // empty while it waits to be issued
  CreditNoteStatus status = CreditNoteStatus::kPending;
  Money amount;
  std::optional<TimePoint> issue_time;
};

struct Invoice {
  InvoiceId id;
  TenantId tenant;
  UserId user;
  std::string number;
  InvoiceStatus status = InvoiceStatus::kOpen;
  Money total;
  std::int64_t net_minor = 0;
  std::int64_t tax_minor = 0;
  std::vector<InvoiceLine> lines;
  std::vector<CreditNote> credit_notes;
  std::string memo;
  std::optional<TimePoint> due_time = {};
  std::optional<PaymentId> payment = {};  // that paid it
  std::optional<TimePoint> pay_time = {};
  std::optional<TimePoint> void_time = {};
  std::int64_t version = 1;
  TimePoint create_time{};
  TimePoint update_time{};
};

// Net times rate, half up: 5 minor units at 10 % are 1, 4 are 0. nullopt on overflow.
std::optional<std::int64_t> LineTax(std::int64_t net_minor, int tax_rate_bp);

// Fills net and tax of the lines and the sums; INVALID_ARGUMENT names the line that breaks a rule.
Result<Invoice> MakeInvoice(InvoiceId id, TenantId tenant, UserId user, const Currency& currency, std::vector<InvoiceLine> lines,
                            std::string memo, std::optional<TimePoint> due_time, TimePoint now);

inline constexpr std::string_view kInvoiceSeries = "F";
inline constexpr std::string_view kCreditSeries = "A";
// "F-2026-000042"
std::string InvoiceNumber(std::string_view series, int year, std::int64_t number);

}  // namespace quittance::billing
