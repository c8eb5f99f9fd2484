// The reasons of common/core/error.h are those of the published contract, by number and by name.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "common/core/error.h"
#include "quittance/common/v1/error_reason.pb.h"

namespace quittance {
namespace {

TEST(Reasons, EqualTheContractByNumberAndName) {
  const google::protobuf::EnumDescriptor* contract = common::v1::ErrorReason_descriptor();
  const std::string prefix = "ERROR_REASON_";
  for (int i = 0; i < contract->value_count(); ++i) {
    const auto* value = contract->value(i);
    if (value->number() == 0) continue;
    EXPECT_EQ(prefix + std::string(Name(static_cast<Reason>(value->number()))), value->name());
  }
  EXPECT_EQ(static_cast<int>(Reason::kStepUpRequired) + 1, contract->value_count())
      << "the last reason of the one is the last of the other";
}

}  // namespace
}  // namespace quittance
