// Sums of invoices. Products are taken in 128 bits, so that a refusal is the only answer to an amount that is too large.
#include "services/billing/domain/invoice.h"

#include "common/core/text.h"

namespace quittance::billing {
namespace {

__extension__ using Wide = __int128;

std::string FieldOf(std::size_t index, std::string_view name) { return "lines[" + std::to_string(index) + "]." + std::string(name); }

Result<void> CheckLine(const InvoiceLine& line, std::size_t index) {
  if (auto ok = CheckText(line.description, FieldOf(index, "description"), 1, kDescriptionMax); !ok) return ok;
  if (LooksLikeCardNumber(line.description)) {
    auto error = InvalidField(FieldOf(index, "description"), "must not hold anything that looks like a card number");
    error.reason = Reason::kCardNumberRefused;
    return error;
  }
  if (line.quantity < 1 || line.quantity > kQuantityMax) return InvalidField(FieldOf(index, "quantity"), "must be 1 to 1,000,000");
  if (line.unit_minor < 1 || line.unit_minor > kAmountMinorMax) return InvalidField(FieldOf(index, "unit_amount"), "must be positive");
  if (line.tax_rate_bp < 0 || line.tax_rate_bp > kTaxRateMax) {
    return InvalidField(FieldOf(index, "tax_rate_basis_points"), "must be 0 to 10,000");
  }
  return {};
}

}  // namespace

std::string_view Name(InvoiceStatus status) {
  switch (status) {
    case InvoiceStatus::kOpen:
      return "OPEN";
    case InvoiceStatus::kPaid:
      return "PAID";
    case InvoiceStatus::kVoid:
      return "VOID";
  }
  CHECK(false);
}

InvoiceStatus InvoiceStatusNamed(std::string_view name) {
  for (const auto status : {InvoiceStatus::kOpen, InvoiceStatus::kPaid, InvoiceStatus::kVoid}) {
    if (Name(status) == name) return status;
  }
  CHECK(false);
}

std::string_view Name(CreditNoteStatus status) {
  switch (status) {
    case CreditNoteStatus::kPending:
      return "PENDING";
    case CreditNoteStatus::kIssued:
      return "ISSUED";
    case CreditNoteStatus::kCanceled:
      return "CANCELED";
  }
  CHECK(false);
}

CreditNoteStatus CreditNoteStatusNamed(std::string_view name) {
  for (const auto status : {CreditNoteStatus::kPending, CreditNoteStatus::kIssued, CreditNoteStatus::kCanceled}) {
    if (Name(status) == name) return status;
  }
  CHECK(false);
}

std::optional<InvoiceStatus> Move(InvoiceStatus from, InvoiceTrigger trigger) {
  for (const auto& move : kInvoiceMoves) {
    if (move.from == from && move.trigger == trigger) return move.to;
  }
  return std::nullopt;
}

std::optional<std::int64_t> LineTax(std::int64_t net_minor, int tax_rate_bp) {
  const Wide tax = (static_cast<Wide>(net_minor) * tax_rate_bp + kTaxRateMax / 2) / kTaxRateMax;
  if (tax > kAmountMinorMax) return std::nullopt;
  return static_cast<std::int64_t>(tax);
}

Result<Invoice> MakeInvoice(InvoiceId id, TenantId tenant, UserId user, const Currency& currency, std::vector<InvoiceLine> lines,
                            std::string memo, std::optional<TimePoint> due_time, TimePoint now) {
  if (lines.empty() || lines.size() > kInvoiceLinesMax) return InvalidField("lines", "must be 1 to 200");
  if (auto ok = CheckText(memo, "memo", 0, kMemoMax, true); !ok) return ok.error();
  Wide net = 0, tax = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto& line = lines[i];
    if (auto ok = CheckLine(line, i); !ok) return ok.error();
    const Wide product = static_cast<Wide>(line.quantity) * line.unit_minor;
    if (product > kAmountMinorMax) return InvalidField(FieldOf(i, "unit_amount"), "times quantity is more than an invoice may hold");
    line.net_minor = static_cast<std::int64_t>(product);
    const auto line_tax = LineTax(line.net_minor, line.tax_rate_bp);
    if (!line_tax) return InvalidField(FieldOf(i, "tax_rate_basis_points"), "gives more tax than an invoice may hold");
    line.tax_minor = *line_tax;
    net += line.net_minor;
    tax += line.tax_minor;
  }
  if (net + tax > kAmountMinorMax) return InvalidField("lines", "sum up to more than an invoice may hold");
  Invoice invoice{.id = id,
                  .tenant = tenant,
                  .user = user,
                  .number = "",
                  .status = InvoiceStatus::kOpen,
                  .total = {static_cast<std::int64_t>(net + tax), currency},
                  .net_minor = static_cast<std::int64_t>(net),
                  .tax_minor = static_cast<std::int64_t>(tax),
                  .lines = std::move(lines),
                  .credit_notes = {},
                  .memo = std::move(memo),
                  .due_time = due_time};
  invoice.create_time = invoice.update_time = now;
  return invoice;
}

std::string InvoiceNumber(std::string_view series, int year, std::int64_t number) {
  auto digits = std::to_string(number);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return std::string(series) + "-" + std::to_string(year) + "-" + digits;
}

}  // namespace quittance::billing
