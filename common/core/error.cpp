// Refusals, one constructor per kind, so that code, reason and details always go together.
#include "common/core/error.h"

namespace quittance {

namespace {

// How long a caller waits before it asks again for a request that still runs.
constexpr std::chrono::milliseconds kInProgressRetry{500};
constexpr std::chrono::milliseconds kUnavailableRetry{1000};
constexpr std::chrono::milliseconds kMaintenanceRetry{60'000};

}  // namespace

std::string_view Name(Reason reason) {
  switch (reason) {
    case Reason::kFieldInvalid:
      return "FIELD_INVALID";
    case Reason::kCardNumberRefused:
      return "CARD_NUMBER_REFUSED";
    case Reason::kTokenInvalid:
      return "TOKEN_INVALID";
    case Reason::kCredentialsInvalid:
      return "CREDENTIALS_INVALID";
    case Reason::kPermissionDenied:
      return "PERMISSION_DENIED";
    case Reason::kNotFound:
      return "NOT_FOUND";
    case Reason::kAlreadyExists:
      return "ALREADY_EXISTS";
    case Reason::kIdempotencyKeyReused:
      return "IDEMPOTENCY_KEY_REUSED";
    case Reason::kRequestInProgress:
      return "REQUEST_IN_PROGRESS";
    case Reason::kOpenPaymentExists:
      return "OPEN_PAYMENT_EXISTS";
    case Reason::kAlreadyPaid:
      return "ALREADY_PAID";
    case Reason::kAmountMismatch:
      return "AMOUNT_MISMATCH";
    case Reason::kAttemptUnresolved:
      return "ATTEMPT_UNRESOLVED";
    case Reason::kStateConflict:
      return "STATE_CONFLICT";
    case Reason::kRefundExceedsCapture:
      return "REFUND_EXCEEDS_CAPTURE";
    case Reason::kPspNotConfigured:
      return "PSP_NOT_CONFIGURED";
    case Reason::kPspUnsupported:
      return "PSP_UNSUPPORTED";
    case Reason::kPspDeclined:
      return "PSP_DECLINED";
    case Reason::kOfferNotFound:
      return "OFFER_NOT_FOUND";
    case Reason::kUserUnknown:
      return "USER_UNKNOWN";
    case Reason::kReturnOriginRefused:
      return "RETURN_ORIGIN_REFUSED";
    case Reason::kSettingMissing:
      return "SETTING_MISSING";
    case Reason::kEtagMismatch:
      return "ETAG_MISMATCH";
    case Reason::kRateLimited:
      return "RATE_LIMITED";
    case Reason::kOverloaded:
      return "OVERLOADED";
    case Reason::kUnavailable:
      return "UNAVAILABLE";
    case Reason::kCommitInDoubt:
      return "COMMIT_IN_DOUBT";
    case Reason::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case Reason::kInternal:
      return "INTERNAL";
    case Reason::kMaintenance:
      return "MAINTENANCE";
    case Reason::kSignUpClosed:
      return "SIGN_UP_CLOSED";
    case Reason::kStepUpRequired:
      return "STEP_UP_REQUIRED";
  }
  return "";
}

Error InvalidField(std::string field, std::string rule) {
  Error error{Code::kInvalidArgument, Reason::kFieldInvalid, field + " " + rule};
  error.fields.push_back({std::move(field), std::move(rule)});
  return error;
}

Error Unauthenticated(Reason reason, std::string message) { return {Code::kUnauthenticated, reason, std::move(message)}; }

Error PermissionDenied() {
  return {Code::kPermissionDenied, Reason::kPermissionDenied, "the token does not allow this, or the thing is not the caller's"};
}

Error StepUpRequired() {
  return {Code::kPermissionDenied, Reason::kStepUpRequired, "log in again, with the second factor, and repeat the call"};
}

Error NotFound(std::string what) {
  Error error{Code::kNotFound, Reason::kNotFound, what + " names nothing in this tenant"};
  error.metadata.emplace("field", std::move(what));
  return error;
}

Error AlreadyExists(std::string field) {
  Error error{Code::kAlreadyExists, Reason::kAlreadyExists, field + " is taken"};
  error.metadata.emplace("field", std::move(field));
  return error;
}

Error Precondition(Reason reason, std::string message, std::map<std::string, std::string> metadata) {
  return {Code::kFailedPrecondition, reason, std::move(message), {}, std::move(metadata)};
}

Error InProgress(std::string resource_id) {
  Error error{Code::kAborted, Reason::kRequestInProgress, "the first call with this request_id still runs; ask again with the same one"};
  if (!resource_id.empty()) error.metadata.emplace("resource_id", std::move(resource_id));
  error.retry_after = kInProgressRetry;
  return error;
}

Error Exhausted(Reason reason, std::string message, std::chrono::milliseconds retry_after) {
  return {Code::kResourceExhausted, reason, std::move(message), {}, {}, retry_after};
}

Error Unavailable(std::string message) { return {Code::kUnavailable, Reason::kUnavailable, std::move(message), {}, {}, kUnavailableRetry}; }

Error InMaintenance() {
  Error error{Code::kUnavailable, Reason::kMaintenance, "the tenant is in maintenance"};
  error.retry_after = kMaintenanceRetry;
  return error;
}

}  // namespace quittance
