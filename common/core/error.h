// A refusal: what a caller did that cannot be done, as a value. Invariant: each carries one published Reason, and never a secret.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quittance {

// gRPC's codes by number, so that the edge maps them without a table.
enum class Code {
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kInternal = 13,
  kUnavailable = 14,
  kUnauthenticated = 16,
};

// The same list as proto/quittance/common/v1/error_reason.proto, number by number (a test holds the two together).
enum class Reason {
  kFieldInvalid = 1,
  kCardNumberRefused = 2,
  kTokenInvalid = 3,
  kCredentialsInvalid = 4,
  kPermissionDenied = 5,
  kNotFound = 6,
  kAlreadyExists = 7,
  kIdempotencyKeyReused = 8,
  kRequestInProgress = 9,
  kOpenPaymentExists = 10,
  kAlreadyPaid = 11,
  kAmountMismatch = 12,
  kAttemptUnresolved = 13,
  kStateConflict = 14,
  kRefundExceedsCapture = 15,
  kPspNotConfigured = 16,
  kPspUnsupported = 17,
  kPspDeclined = 18,
  kOfferNotFound = 19,
  kUserUnknown = 20,
  kReturnOriginRefused = 21,
  kSettingMissing = 22,
  kEtagMismatch = 23,
  kRateLimited = 24,
  kOverloaded = 25,
  kUnavailable = 26,
  kCommitInDoubt = 27,
  kDeadlineExceeded = 28,
  kInternal = 29,
  kMaintenance = 30,
  kSignUpClosed = 31,
  kStepUpRequired = 32,
};

// "IDEMPOTENCY_KEY_REUSED" for kIdempotencyKeyReused.
std::string_view Name(Reason reason);

struct FieldViolation {
  std::string field;
  std::string rule;
};

struct Error {
  Code code;
  Reason reason;
  std::string message;                      // English, for developers
  std::vector<FieldViolation> fields = {};  // becomes google.rpc.BadRequest
  std::map<std::string, std::string> metadata = {};
  std::optional<std::chrono::milliseconds> retry_after = {};  // becomes google.rpc.RetryInfo
};

// INVALID_ARGUMENT: `field` breaks `rule` ("must be 8 to 255 printable ASCII characters").
Error InvalidField(std::string field, std::string rule);
Error Unauthenticated(Reason reason, std::string message);
// Somebody else's thing, or one that does not exist, to a user; or a scope that is missing.
Error PermissionDenied();
// The proof of who the caller is is too old, or lacks the second factor: log in again.
Error StepUpRequired();
// Only for callers with a tenant-wide scope; `what` is the field that named it.
Error NotFound(std::string what);
Error AlreadyExists(std::string field);
Error Precondition(Reason reason, std::string message, std::map<std::string, std::string> metadata = {});
// The first call with this key still runs.
Error InProgress(std::string resource_id);
Error Exhausted(Reason reason, std::string message, std::chrono::milliseconds retry_after);
Error Unavailable(std::string message);
Error InMaintenance();

}  // namespace quittance
