// A payment, its attempts and refunds as values. Invariant: status, detail and amounts are what Fold (fold.h) says of the facts; nothing
// sets them.
#pragma once

#include <utility>
#include <vector>

#include "common/core/money.h"
#include "services/billing/domain/fact.h"

namespace quittance::billing {

enum class Status { kPending = 1, kSucceeded = 2, kFailed = 3, kRefunded = 4 };

enum class Detail {
  kCreated,
  kSubmitted,
  kRequiresAction,
  kProcessing,
  kUnknown,
  kConflicted,
  kSettled,
  kPartiallyRefunded,
  kDisputed,
  kDeclined,
  kCanceled,
  kExpired,
  kCaptureFailed,
  kFullRefund,
  kDisputeLost,
  kSuperseded,
};

enum class AttemptStatus { kCreated = 1, kSubmitted = 2, kRequiresAction = 3, kProcessing = 4, kSucceeded = 5, kClosed = 6 };

enum class DisputeStatus { kOpen = 1, kUnderReview = 2, kWon = 3, kLost = 4 };

// How far a dispute went; it never goes back.
enum class DisputeStage { kInquiry = 1, kChargeback = 2, kPreArbitration = 3 };

enum class RefundStatus { kPending = 1, kSucceeded = 2, kFailed = 3 };

// Lower case, as in the contract and the database: "partially_refunded".
std::string_view Name(Status status);
std::string_view Name(Detail detail);
std::string_view Name(AttemptStatus status);
std::string_view Name(RefundStatus status);
std::string_view Name(DisputeStatus status);
std::string_view Name(DisputeStage stage);
Status StatusNamed(std::string_view name);
Detail DetailNamed(std::string_view name);
AttemptStatus AttemptStatusNamed(std::string_view name);
RefundStatus RefundStatusNamed(std::string_view name);
DisputeStatus DisputeStatusNamed(std::string_view name);
DisputeStage DisputeStageNamed(std::string_view name);

// What is bought. A purchase is (tenant, user, purpose): one open payment each.
enum class PurposeKind { kPlan, kReference, kInvoice };
std::string_view Name(PurposeKind kind);
PurposeKind PurposeKindNamed(std::string_view name);

struct Purpose {
  PurposeKind kind;
  std::string value;

  bool operator==(const Purpose&) const = default;
  // Bought once and no more (ALREADY_PAID); a plan may be paid again and again.
  bool once() const { return kind != PurposeKind::kPlan; }
};

// What the payer must do. The client secret is kept nowhere but in the sealed reply.
struct NextAction {
  std::string redirect_url;
  std::string client_secret;
  std::vector<std::string> transfer_lines;
  std::string transfer_reference;

  bool empty() const { return redirect_url.empty() && client_secret.empty() && transfer_lines.empty(); }
};

struct Attempt {
  AttemptId id;
  int number = 1;
  std::string connection;
  std::string psp;
  std::string psp_reference;
  AttemptStatus status = AttemptStatus::kCreated;
  bool unknown = false;  // the PSP was called and did not answer
  std::string decline_code;
  std::string return_url;
  NextAction next_action;
  std::optional<PaymentMethodId> method = {};  // a stored one, taken to the PSP
  TimePoint create_time{};
};

// The four amounts, in the payment's currency.
struct Amounts {
  std::int64_t captured = 0;
  std::int64_t refunded = 0;
  std::int64_t disputed = 0;
  std::int64_t surplus = 0;

  bool operator==(const Amounts&) const = default;
};

struct Refund {
  RefundId id;
  PaymentId payment;
  AttemptId attempt;  // whose capture gives the money back
  std::string connection;
  Money amount;
  RefundStatus status = RefundStatus::kPending;
  std::string reason;
  std::string psp_reference;
  std::string failure_code;
  bool manual = false;  // the PSP gives nothing back by itself: two persons say when it is done
  TimePoint create_time{};
  TimePoint update_time{};
};

struct Dispute {
  DisputeId id;
  PaymentId payment;
  std::string connection;
  std::string psp_reference;
  DisputeStatus status = DisputeStatus::kOpen;
  DisputeStage stage = DisputeStage::kChargeback;
  Money amount;
  bool withheld = false;  // the money is not with us
  std::string reason;     // the PSP's word
  TimePoint create_time{};
  TimePoint update_time{};
};

struct Payment {
  PaymentId id;
  TenantId tenant;
  UserId user;
  Purpose purpose;
  Money amount;
  Status status = Status::kPending;
  Detail detail = Detail::kCreated;
  Amounts amounts = {};
  std::vector<Attempt> attempts;  // oldest first, at least one
  std::vector<std::pair<std::string, std::string>> metadata;
  TimePoint expire_time{};
  std::optional<TimePoint> succeed_time = {};
  std::optional<TimePoint> fail_time = {};  // when it became FAILED the last time
  bool fraud_warning = false;               // the PSP expects a dispute
  std::int64_t version = 1;
  TimePoint create_time{};
  TimePoint update_time{};

  const Attempt& newest() const { return attempts.back(); }
  Attempt* Find(AttemptId attempt);
  const Attempt* Find(AttemptId attempt) const { return const_cast<Payment*>(this)->Find(attempt); }
};

inline bool IsOpen(AttemptStatus status) { return status <= AttemptStatus::kProcessing; }

}  // namespace quittance::billing
