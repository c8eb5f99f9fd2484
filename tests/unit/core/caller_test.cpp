// Whose things a caller may name, and what it is told about those that are not its own.
#include "common/core/caller.h"

#include <gtest/gtest.h>

namespace quittance {
namespace {

UserId User(int number) {
  UserId id;
  id.uuid.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

Caller UserCaller(UserId user) {
  Caller caller;
  caller.kind = Caller::Kind::kUser;
  caller.user = user;
  return caller;
}

Caller Operator() {
  Caller caller;
  caller.kind = Caller::Kind::kServiceAccount;
  caller.tenant_wide = true;
  return caller;
}

TEST(Caller, AUserActsOnItself) {
  const auto own = ActOn(UserCaller(User(1)), "", "user_id");
  ASSERT_TRUE(own);
  EXPECT_EQ(*own, User(1));
  EXPECT_EQ(*ActOn(UserCaller(User(1)), User(1).ToString(), "user_id"), User(1));
}

TEST(Caller, AUserNamingAnotherIsDeniedAndAMalformedIdIsRefused) {
  EXPECT_EQ(ActOn(UserCaller(User(1)), User(2).ToString(), "user_id").error().code, Code::kPermissionDenied);
  EXPECT_EQ(ActOn(UserCaller(User(1)), "usr_1", "user_id").error().code, Code::kInvalidArgument);
}

TEST(Caller, ATenantWideCallerMustNameTheUser) {
  EXPECT_EQ(*ActOn(Operator(), User(7).ToString(), "user_id"), User(7));
  const auto missing = ActOn(Operator(), "", "user_id");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kInvalidArgument);
  EXPECT_EQ(missing.error().fields.front().field, "user_id");
}

TEST(Caller, NobodyElseActsOnAnybody) {
  Caller narrow = Operator();
  narrow.tenant_wide = false;
  EXPECT_EQ(ActOn(narrow, User(1).ToString(), "user_id").error().code, Code::kPermissionDenied);
  EXPECT_EQ(ActOn(Caller{}, "", "user_id").error().code, Code::kPermissionDenied);
}

TEST(Caller, WhatIsMissingLooksForbiddenToAUserAndNotFoundToATenantWideCaller) {
  EXPECT_EQ(Missing(UserCaller(User(1)), "payment_intent_id").code, Code::kPermissionDenied);
  EXPECT_EQ(Missing(Operator(), "payment_intent_id").code, Code::kNotFound);
  EXPECT_EQ(Missing(Operator(), "payment_intent_id").metadata.at("field"), "payment_intent_id");
}

TEST(Caller, ScopesAreExactWords) {
  Caller caller;
  caller.scopes = {"payments:read"};
  EXPECT_TRUE(caller.HasScope("payments:read"));
  EXPECT_FALSE(caller.HasScope("payments"));
  EXPECT_FALSE(caller.HasScope("payments:readwrite"));
}

}  // namespace
}  // namespace quittance
