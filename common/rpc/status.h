// Between our Error and gRPC's status with google.rpc details. Invariant: every error carries one ErrorInfo of the domain "quittance", and
// what ToStatus says RefusalOrThrow reads back.
#pragma once

#include <grpcpp/support/status.h>

#include <exception>
#include <optional>

#include "common/core/error.h"

namespace quittance::rpc {

inline constexpr std::string_view kErrorDomain = "quittance";

grpc::Status ToStatus(const Error& error);

// What a fault becomes for the caller: Overloaded, CommitInDoubt, Fault, anything else. The text of an unknown exception does not leave.
Error FaultToError(const std::exception_ptr& fault);
// Its own words, for the log.
std::string FaultText(const std::exception_ptr& fault);

// A refusal of the other side as our Error (its reason if it is one of ours); a fault of the other side or the way to it is thrown:
// Overloaded for RESOURCE_EXHAUSTED, Fault for UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, a token refused twice and what is not ours.
Error RefusalOrThrow(const grpc::Status& status);

std::optional<Reason> ReasonByName(std::string_view name);
std::string_view CodeName(grpc::StatusCode code);  // "NotFound", as go-grpc-prometheus labels it

}  // namespace quittance::rpc
