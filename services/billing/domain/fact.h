// A fact: something a PSP (or this house) said about a payment, once and for ever. Invariant: facts are appended, never changed or removed;
// what they mean together is the fold's business (fold.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/core/time.h"
#include "services/billing/domain/ids.h"

namespace quittance::billing {

enum class FactKind {
  // How far an attempt came.
  kSubmitted,
  kRequiresAction,
  kProcessing,
  kDeclined,         // closes the attempt; `code` is the PSP's
  kAttemptCanceled,  // the PSP ended it
  kAttemptExpired,   // the PSP ended it for its age
  // Money, by the PSP's capture object.
  kCaptured,
  kCaptureFailed,  // outranks kCaptured of the same object
  // Refunds; `object` is our refund's id.
  kRefundPending,
  kRefundSucceeded,
  kRefundFailed,  // failed, canceled or reversed; outranks the others
  // Disputes, by the PSP's dispute object; `code` is `stage/reason`, each of which may be missing (fold.h).
  kDisputeOpened,
  kDisputeReview,
  kDisputeWithdrawn,   // the PSP took the money while the dispute runs
  kDisputeReinstated,  // and gave it back
  kDisputeWon,
  kDisputeLost,
  // This house's own.
  kCanceled,    // the intent, after the PSP was asked
  kExpired,     // the intent, after the PSP was asked
  kSuperseded,  // late money of an intent that a paid one has replaced
  kAccepted,    // two persons took conflicted money for the payment
  // The PSP's warning that a dispute is likely; says nothing about money.
  kFraudWarning,
};

struct Fact {
  FactKind kind;
  std::optional<AttemptId> attempt;  // nullopt: money that no attempt of ours asked for, refunds, our own facts
  std::string connection;            // empty: our own facts
  std::string event_key;             // unique per (tenant, connection), for ever
  std::string object;                // what the fold keys by: capture, refund or dispute
  std::int64_t amount_minor = 0;
  std::string currency;  // as the PSP said it, upper case; may be one we do not know
  TimePoint psp_time{};
  std::string code;  // of a decline, a failure or a dispute
};

inline bool ConcernsDispute(FactKind kind) { return kind >= FactKind::kDisputeOpened && kind <= FactKind::kDisputeLost; }

// "captured" for kCaptured: how it stands in the database.
std::string_view Name(FactKind kind);
std::optional<FactKind> FactKindNamed(std::string_view name);

// Key of a fact that was read from a PSP's answer: the same state seen twice is the same fact.
std::string StateKey(const Fact& fact);

}  // namespace quittance::billing
