// Names of states, one table each, for contract and database alike.
#include "services/billing/domain/payment.h"

#include <array>

namespace quittance::billing {
namespace {

template <class T, std::size_t N>
using Names = std::array<std::pair<T, std::string_view>, N>;

constexpr Names<Status, 4> kStatus = {
    {{Status::kPending, "PENDING"}, {Status::kSucceeded, "SUCCEEDED"}, {Status::kFailed, "FAILED"}, {Status::kRefunded, "REFUNDED"}}};

constexpr Names<Detail, 16> kDetail = {{{Detail::kCreated, "created"},
                                        {Detail::kSubmitted, "submitted"},
                                        {Detail::kRequiresAction, "requires_action"},
                                        {Detail::kProcessing, "processing"},
                                        {Detail::kUnknown, "unknown"},
                                        {Detail::kConflicted, "conflicted"},
                                        {Detail::kSettled, "settled"},
                                        {Detail::kPartiallyRefunded, "partially_refunded"},
                                        {Detail::kDisputed, "disputed"},
                                        {Detail::kDeclined, "declined"},
                                        {Detail::kCanceled, "canceled"},
                                        {Detail::kExpired, "expired"},
                                        {Detail::kCaptureFailed, "capture_failed"},
                                        {Detail::kFullRefund, "full_refund"},
                                        {Detail::kDisputeLost, "dispute_lost"},
                                        {Detail::kSuperseded, "superseded"}}};

constexpr Names<AttemptStatus, 6> kAttempt = {{{AttemptStatus::kCreated, "created"},
                                               {AttemptStatus::kSubmitted, "submitted"},
                                               {AttemptStatus::kRequiresAction, "requires_action"},
                                               {AttemptStatus::kProcessing, "processing"},
                                               {AttemptStatus::kSucceeded, "succeeded"},
                                               {AttemptStatus::kClosed, "closed"}}};

constexpr Names<RefundStatus, 3> kRefund = {
    {{RefundStatus::kPending, "PENDING"}, {RefundStatus::kSucceeded, "SUCCEEDED"}, {RefundStatus::kFailed, "FAILED"}}};

constexpr Names<DisputeStatus, 4> kDispute = {{{DisputeStatus::kOpen, "OPEN"},
                                               {DisputeStatus::kUnderReview, "UNDER_REVIEW"},
                                               {DisputeStatus::kWon, "WON"},
                                               {DisputeStatus::kLost, "LOST"}}};

constexpr Names<DisputeStage, 3> kStage = {
    {{DisputeStage::kInquiry, "inquiry"}, {DisputeStage::kChargeback, "chargeback"}, {DisputeStage::kPreArbitration, "pre_arbitration"}}};

constexpr Names<PurposeKind, 3> kPurpose = {
    {{PurposeKind::kPlan, "plan"}, {PurposeKind::kReference, "reference"}, {PurposeKind::kInvoice, "invoice"}}};

template <class Table, class T>
std::string_view NameIn(const Table& table, T value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  CHECK(false);
}

template <class Table>
auto ValueIn(const Table& table, std::string_view name) {
  for (const auto& [value, known] : table) {
    if (known == name) return value;
  }
  CHECK(false);
}

}  // namespace

std::string_view Name(Status status) { return NameIn(kStatus, status); }
std::string_view Name(Detail detail) { return NameIn(kDetail, detail); }
std::string_view Name(AttemptStatus status) { return NameIn(kAttempt, status); }
std::string_view Name(RefundStatus status) { return NameIn(kRefund, status); }
std::string_view Name(DisputeStatus status) { return NameIn(kDispute, status); }
std::string_view Name(DisputeStage stage) { return NameIn(kStage, stage); }
std::string_view Name(PurposeKind kind) { return NameIn(kPurpose, kind); }
Status StatusNamed(std::string_view name) { return ValueIn(kStatus, name); }
Detail DetailNamed(std::string_view name) { return ValueIn(kDetail, name); }
AttemptStatus AttemptStatusNamed(std::string_view name) { return ValueIn(kAttempt, name); }
RefundStatus RefundStatusNamed(std::string_view name) { return ValueIn(kRefund, name); }
DisputeStatus DisputeStatusNamed(std::string_view name) { return ValueIn(kDispute, name); }
DisputeStage DisputeStageNamed(std::string_view name) { return ValueIn(kStage, name); }
PurposeKind PurposeKindNamed(std::string_view name) { return ValueIn(kPurpose, name); }

Attempt* Payment::Find(AttemptId attempt) {
  for (auto& candidate : attempts) {
    if (candidate.id == attempt) return &candidate;
  }
  return nullptr;
}

}  // namespace quittance::billing
