// I04: a retry is answered equally, from memory too; what the memory does not know for certain it leaves to the table.
#include "common/db/reply_memory.h"

#include <gtest/gtest.h>

namespace quittance::db {
namespace {

IdempotentCall Call(const std::string& key, const std::string& principal = "svc_1") {
  return {.tenant = {}, .principal = principal, .method = "Create", .key = key, .fingerprint = {1}, .deadline = {}};
}

TEST(ReplyMemory, I04_TheSameBytesMarkedAsReplayed) {
  ReplyMemory memory;
  EXPECT_FALSE(memory.Find(Call("a")));
  memory.Put(Call("a"), {.bytes = "paid", .secret_bytes = ""});
  const auto known = memory.Find(Call("a"));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->bytes, "paid");
  EXPECT_TRUE(known->replayed);
}

TEST(ReplyMemory, AnotherRequestAnotherCallerAndASecretAreLeftToTheTable) {
  ReplyMemory memory;
  memory.Put(Call("a"), {.bytes = "paid", .secret_bytes = ""});
  auto other = Call("a");
  other.fingerprint = {2};
  EXPECT_FALSE(memory.Find(other));
  EXPECT_FALSE(memory.Find(Call("a", "svc_2")));
  EXPECT_FALSE(memory.Find(Call("", "svc_1a")));
  memory.Put(Call("s"), {.bytes = "public", .secret_bytes = "secret"});
  EXPECT_FALSE(memory.Find(Call("s")));
}

TEST(ReplyMemory, ItsSizeIsBounded) {
  ReplyMemory memory;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < 2 * kRepliesRememberedMax; ++i) memory.Put(Call(std::to_string(i)), {.bytes = "paid", .secret_bytes = ""});
  for (std::size_t i = 0; i < 2 * kRepliesRememberedMax; ++i) kept += memory.Find(Call(std::to_string(i))) ? 1 : 0;
  EXPECT_LE(kept, kRepliesRememberedMax);
  EXPECT_GT(kept, 0U);
}

}  // namespace
}  // namespace quittance::db
