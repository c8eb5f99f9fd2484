// Error to status and back. Each detail type stands in a status once at most (AIP-193).
#include "common/rpc/status.h"

#include <grpcpp/support/error_details.h>

#include <array>
#include <typeinfo>

#include "common/core/fault.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace quittance::rpc {

namespace {

// What a caller is told to wait when a part of ours is full or a commit is in doubt.
constexpr std::chrono::milliseconds kOverloadRetry{1000};
constexpr int kReasonMax = static_cast<int>(Reason::kStepUpRequired);

void AddDetails(const Error& error, google::rpc::Status& status) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(Name(error.reason)));
  info.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : error.metadata) (*info.mutable_metadata())[key] = value;
  status.add_details()->PackFrom(info);

  if (!error.fields.empty()) {
    google::rpc::BadRequest bad;
    for (const FieldViolation& violation : error.fields) {
      auto* row = bad.add_field_violations();
      row->set_field(violation.field);
      row->set_description(violation.rule);
    }
    status.add_details()->PackFrom(bad);
  }
  if (error.retry_after) {
    google::rpc::RetryInfo retry;
    const std::int64_t millis = error.retry_after->count();
    retry.mutable_retry_delay()->set_seconds(millis / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(millis % 1000 * 1'000'000));
    status.add_details()->PackFrom(retry);
  }
  if (error.reason == Reason::kRateLimited) {
    google::rpc::QuotaFailure quota;
    auto* row = quota.add_violations();
    const auto limit = error.metadata.find("limit");
    row->set_subject(limit == error.metadata.end() ? "caller" : limit->second);
    row->set_description(error.message);
    status.add_details()->PackFrom(quota);
  }
}

struct Told {
  std::optional<Reason> reason;
  Error error;
};

// The details of a status of ours; without them the reason stays empty.
Told Read(const grpc::Status& status) {
  Told told{std::nullopt, Error{static_cast<Code>(status.error_code()), Reason::kInternal, status.error_message()}};
  google::rpc::Status rich;
  if (status.error_details().empty() || !grpc::ExtractErrorDetails(status, &rich).ok()) return told;
  for (const auto& detail : rich.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info) && info.domain() == kErrorDomain) {
      told.reason = ReasonByName(info.reason());
      for (const auto& [key, value] : info.metadata()) told.error.metadata[key] = value;
    } else if (detail.UnpackTo(&bad)) {
      for (const auto& row : bad.field_violations()) told.error.fields.push_back({row.field(), row.description()});
    } else if (detail.UnpackTo(&retry)) {
      told.error.retry_after = std::chrono::milliseconds(retry.retry_delay().seconds() * 1000 + retry.retry_delay().nanos() / 1'000'000);
    }
  }
  if (told.reason) told.error.reason = *told.reason;
  return told;
}

}  // namespace

grpc::Status ToStatus(const Error& error) {
  google::rpc::Status rich;
  rich.set_code(static_cast<int>(error.code));
  rich.set_message(error.message);
  AddDetails(error, rich);
  grpc::Status status;
  grpc::SetErrorDetails(rich, &status);
  return status;
}

Error FaultToError(const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const Overloaded&) {
    return Exhausted(Reason::kOverloaded, "too much work is waiting; try again later", kOverloadRetry);
  } catch (const CommitInDoubt&) {
    return Error{Code::kUnavailable, Reason::kCommitInDoubt, "the outcome is not known; ask again with the same request_id", {}, {},
                 kOverloadRetry};
  } catch (const Fault&) {
    return Unavailable("a part this needs is down; try again later");
  } catch (...) {
    return Error{Code::kInternal, Reason::kInternal, "a fault of ours; the trace id of the call finds it"};
  }
}

std::string FaultText(const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const std::exception& e) {
    return std::string(typeid(e).name()) + ": " + e.what();
  } catch (...) {
    return "not a std::exception";
  }
}

Error RefusalOrThrow(const grpc::Status& status) {
  Told told = Read(status);
  const std::string what = std::string(CodeName(status.error_code())) + ": " + status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      throw Overloaded(what);
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::ABORTED:
      if (told.reason) return told.error;
      throw Fault(what);
    case grpc::StatusCode::UNAUTHENTICATED:
      // Wrong credentials in the request are the caller's matter; a token of ours that is refused is a fault.
      if (told.reason == Reason::kCredentialsInvalid) return told.error;
      throw Fault(what);
    default:
      throw Fault(what);
  }
}

std::optional<Reason> ReasonByName(std::string_view name) {
  for (int number = 1; number <= kReasonMax; ++number) {
    const auto reason = static_cast<Reason>(number);
    if (Name(reason) == name) return reason;
  }
  return std::nullopt;
}

std::string_view CodeName(grpc::StatusCode code) {
  static constexpr std::array<std::string_view, 17> kNames = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  const auto number = static_cast<std::size_t>(code);
  return number < kNames.size() ? kNames[number] : "Unknown";
}

}  // namespace quittance::rpc
