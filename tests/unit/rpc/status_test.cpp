// Errors to statuses and back, over all codes and reasons.
#include "common/rpc/status.h"

#include <grpcpp/support/error_details.h>
#include <gtest/gtest.h>

#include <set>

#include "common/core/fault.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "quittance/common/v1/error_reason.pb.h"

namespace quittance::rpc {
namespace {

template <class Detail>
std::optional<Detail> Find(const grpc::Status& status) {
  google::rpc::Status rich;
  EXPECT_TRUE(grpc::ExtractErrorDetails(status, &rich).ok());
  std::optional<Detail> found;
  Detail detail;
  for (const auto& any : rich.details()) {
    if (!any.UnpackTo(&detail)) continue;
    EXPECT_FALSE(found.has_value()) << "AIP-193: each detail once";
    found = detail;
  }
  return found;
}

const std::vector<Code> kAllCodes = {Code::kInvalidArgument,  Code::kDeadlineExceeded,  Code::kNotFound,           Code::kAlreadyExists,
                                     Code::kPermissionDenied, Code::kResourceExhausted, Code::kFailedPrecondition, Code::kAborted,
                                     Code::kInternal,         Code::kUnavailable,       Code::kUnauthenticated};

TEST(Status, EveryCodeIsGrpcsAndCarriesOneErrorInfo) {
  for (const Code code : kAllCodes) {
    const grpc::Status status = ToStatus(Error{code, Reason::kStateConflict, "no", {}, {{"state", "OPEN"}}});
    EXPECT_EQ(static_cast<int>(status.error_code()), static_cast<int>(code));
    EXPECT_EQ(status.error_message(), "no");
    const auto info = Find<google::rpc::ErrorInfo>(status);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->domain(), "quittance");
    EXPECT_EQ(info->reason(), "STATE_CONFLICT");
    EXPECT_EQ(info->metadata().at("state"), "OPEN");
  }
}

TEST(Status, EveryPublishedReasonIsOursAndBack) {
  const auto* published = common::v1::ErrorReason_descriptor();
  std::set<std::string> names;
  for (int i = 0; i < published->value_count(); ++i) {
    const auto* value = published->value(i);
    if (value->number() == 0) continue;
    const std::string name = value->name().substr(std::string("ERROR_REASON_").size());
    EXPECT_EQ(Name(static_cast<Reason>(value->number())), name);
    EXPECT_EQ(ReasonByName(name), static_cast<Reason>(value->number()));
    EXPECT_TRUE(names.insert(name).second);
  }
  EXPECT_EQ(names.size(), 32u);
  EXPECT_FALSE(ReasonByName("SOMETHING_ELSE").has_value());
  EXPECT_FALSE(ReasonByName("").has_value());
}

TEST(Status, DetailsFollowTheError) {
  const auto bad = Find<google::rpc::BadRequest>(ToStatus(InvalidField("request_id", "must be 8 to 255 printable ASCII characters")));
  ASSERT_TRUE(bad.has_value());
  EXPECT_EQ(bad->field_violations(0).field(), "request_id");

  const grpc::Status limited =
      ToStatus(Exhausted(Reason::kRateLimited, "100 calls a minute for one user", std::chrono::milliseconds(1250)));
  const auto retry = Find<google::rpc::RetryInfo>(limited);
  ASSERT_TRUE(retry.has_value());
  EXPECT_EQ(retry->retry_delay().seconds(), 1);
  EXPECT_EQ(retry->retry_delay().nanos(), 250'000'000);
  EXPECT_TRUE(Find<google::rpc::QuotaFailure>(limited).has_value());

  const grpc::Status full = ToStatus(Exhausted(Reason::kOverloaded, "full", std::chrono::milliseconds(1000)));
  EXPECT_FALSE(Find<google::rpc::QuotaFailure>(full).has_value());
  EXPECT_TRUE(Find<google::rpc::RetryInfo>(full).has_value());
  EXPECT_TRUE(Find<google::rpc::RetryInfo>(ToStatus(InProgress("pay_1"))).has_value());
}

template <class Thrown>
Error Mapped(Thrown thrown) {
  return FaultToError(std::make_exception_ptr(std::move(thrown)));
}

TEST(Status, FaultsTellNothingOfThemselves) {
  const std::string secret = "password=hunter2";
  const Error fault = Mapped(Fault(secret));
  EXPECT_EQ(fault.code, Code::kUnavailable);
  EXPECT_EQ(fault.reason, Reason::kUnavailable);
  const Error doubt = Mapped(CommitInDoubt(secret));
  EXPECT_EQ(doubt.code, Code::kUnavailable);
  EXPECT_EQ(doubt.reason, Reason::kCommitInDoubt);
  const Error full = Mapped(Overloaded(secret));
  EXPECT_EQ(full.code, Code::kResourceExhausted);
  EXPECT_TRUE(full.retry_after.has_value());
  const Error unknown = Mapped(std::runtime_error(secret));
  EXPECT_EQ(unknown.code, Code::kInternal);
  EXPECT_EQ(Mapped(42).code, Code::kInternal);
  for (const Error& error : {fault, doubt, full, unknown}) EXPECT_EQ(error.message.find(secret), std::string::npos);
  EXPECT_NE(FaultText(std::make_exception_ptr(Fault("pool is empty"))).find("pool is empty"), std::string::npos);
}

TEST(Status, ARefusalOfTheOtherSideComesBackWhole) {
  Error error = Precondition(Reason::kOpenPaymentExists, "an open payment exists", {{"payment_intent_id", "pay_1"}});
  error.fields.push_back({"plan_code", "is being paid"});
  error.retry_after = std::chrono::milliseconds(1500);
  const Error back = RefusalOrThrow(ToStatus(error));
  EXPECT_EQ(back.code, error.code);
  EXPECT_EQ(back.reason, error.reason);
  EXPECT_EQ(back.message, error.message);
  EXPECT_EQ(back.metadata, error.metadata);
  EXPECT_EQ(back.retry_after, error.retry_after);
  ASSERT_EQ(back.fields.size(), 1u);
  EXPECT_EQ(back.fields[0].field, "plan_code");
}

TEST(Status, FaultsOfTheOtherSideAreThrown) {
  for (const Code code : {Code::kUnavailable, Code::kDeadlineExceeded, Code::kInternal}) {
    EXPECT_THROW((void)RefusalOrThrow(ToStatus(Error{code, Reason::kInternal, "down"})), Fault);
  }
  EXPECT_THROW((void)RefusalOrThrow(ToStatus(Exhausted(Reason::kOverloaded, "full", std::chrono::seconds(1)))), Overloaded);
  EXPECT_THROW((void)RefusalOrThrow(ToStatus(Unauthenticated(Reason::kTokenInvalid, "no"))), Fault);
  EXPECT_EQ(RefusalOrThrow(ToStatus(Unauthenticated(Reason::kCredentialsInvalid, "no"))).reason, Reason::kCredentialsInvalid);
  // What did not come from our code has no reason of ours.
  EXPECT_THROW((void)RefusalOrThrow(grpc::Status(grpc::StatusCode::NOT_FOUND, "a proxy said so")), Fault);
  EXPECT_THROW((void)RefusalOrThrow(grpc::Status(grpc::StatusCode::NOT_FOUND, "broken details", "\xff\xff")), Fault);
  EXPECT_THROW((void)RefusalOrThrow(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "")), Fault);
}

TEST(Status, CodesAreLabelledAsGoGrpcPrometheusDoes) {
  EXPECT_EQ(CodeName(grpc::StatusCode::OK), "OK");
  EXPECT_EQ(CodeName(grpc::StatusCode::CANCELLED), "Canceled");
  EXPECT_EQ(CodeName(grpc::StatusCode::UNAUTHENTICATED), "Unauthenticated");
  EXPECT_EQ(CodeName(grpc::StatusCode::FAILED_PRECONDITION), "FailedPrecondition");
}

}  // namespace
}  // namespace quittance::rpc
