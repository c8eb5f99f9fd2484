// The state behind verification: what an update adds, what a revocation reaches, and that it survives being stored.
#include "common/rpc/trust_state.h"

#include <gtest/gtest.h>

namespace quittance::rpc {
namespace {

const TimePoint kNow = FromUnixSeconds(1'800'000'000);

TenantId Tenant(std::uint8_t last) {
  TenantId id;
  id.uuid.bytes[15] = last;
  return id;
}

crypto::Claims ClaimsOf(TenantId tenant, const std::string& subject, const std::string& session, std::int64_t epoch) {
  crypto::Claims claims;
  claims.tenant = tenant.ToString();
  claims.subject = subject;
  claims.session = session;
  claims.epoch = epoch;
  return claims;
}

TrustUpdate Revoking(std::optional<TenantId> tenant, std::string subject, std::string session, std::int64_t epoch) {
  TrustUpdate update;
  update.keys = {{"k1", "point"}};
  update.revocations.push_back({tenant, std::move(subject), std::move(session), epoch, kNow + std::chrono::minutes(30)});
  return update;
}

TEST(TrustState, A16_ASessionEndsAlone) {
  TrustState state;
  state.Apply(Revoking(Tenant(1), "", "ses_a", 0), kNow);
  EXPECT_TRUE(state.Revoked(ClaimsOf(Tenant(1), "usr_1", "ses_a", 9)));
  EXPECT_FALSE(state.Revoked(ClaimsOf(Tenant(1), "usr_1", "ses_b", 9)));
}

TEST(TrustState, A16_AnEpochReachesItsSubjectOrItsTenant) {
  TrustState user;
  user.Apply(Revoking(Tenant(1), "usr_1", "", 5), kNow);
  EXPECT_TRUE(user.Revoked(ClaimsOf(Tenant(1), "usr_1", "ses_a", 4)));
  EXPECT_FALSE(user.Revoked(ClaimsOf(Tenant(1), "usr_1", "ses_a", 5)));
  EXPECT_FALSE(user.Revoked(ClaimsOf(Tenant(1), "usr_2", "ses_a", 4)));
  EXPECT_FALSE(user.Revoked(ClaimsOf(Tenant(2), "usr_1", "ses_a", 4)));

  TrustState tenant;
  tenant.Apply(Revoking(Tenant(1), "", "", 5), kNow);
  EXPECT_TRUE(tenant.Revoked(ClaimsOf(Tenant(1), "svc_1", "", 4)));
  EXPECT_FALSE(tenant.Revoked(ClaimsOf(Tenant(2), "svc_1", "", 4)));

  TrustState everybody;
  everybody.Apply(Revoking(std::nullopt, "", "", 5), kNow);
  EXPECT_TRUE(everybody.Revoked(ClaimsOf(Tenant(2), "usr_9", "ses_a", 4)));
}

TEST(TrustState, A14_AnOlderRevocationDoesNotLowerAnEpoch) {
  TrustState state;
  state.Apply(Revoking(Tenant(1), "usr_1", "", 7), kNow);
  state.Apply(Revoking(Tenant(1), "usr_1", "", 3), kNow);
  EXPECT_TRUE(state.Revoked(ClaimsOf(Tenant(1), "usr_1", "ses_a", 6)));
}

TEST(TrustState, RevocationsAreForgottenWithTheLastToken) {
  TrustState state;
  state.Apply(Revoking(Tenant(1), "", "ses_a", 0), kNow);
  state.Apply(TrustUpdate{"2", {{"k1", "point"}}, {}, {}}, kNow + std::chrono::minutes(29));
  EXPECT_TRUE(state.Revoked(ClaimsOf(Tenant(1), "usr_1", "ses_a", 0)));
  state.Apply(TrustUpdate{"3", {{"k1", "point"}}, {}, {}}, kNow + std::chrono::minutes(31));
  EXPECT_FALSE(state.Revoked(ClaimsOf(Tenant(1), "usr_1", "ses_a", 0)));
}

TEST(TrustState, A16_EveryRevocationThatIsHeardIsAnotherRevision) {
  TrustState state;
  const auto none = state.revision();
  state.Apply(TrustUpdate{"1", {{"k1", "point"}}, {}, {}}, kNow);
  EXPECT_EQ(state.revision(), none);
  state.Apply(Revoking(Tenant(1), "", "ses_a", 0), kNow);
  const auto polled = state.revision();
  EXPECT_NE(polled, none);
  state.Hear(Revoking(Tenant(1), "usr_1", "", 7).revocations, kNow);
  EXPECT_NE(state.revision(), polled);
  TrustState other;  // of another path: never the same number for other contents
  other.Apply(Revoking(Tenant(2), "", "ses_b", 0), kNow);
  EXPECT_NE(other.revision(), state.revision());
}

TEST(TrustState, A20_KeysAreReplacedAndCounted) {
  TrustState state;
  state.Apply(TrustUpdate{"1", {{"k1", "a"}}, {}, {}}, kNow);
  const auto first = state.generation();
  state.Apply(TrustUpdate{"2", {{"k1", "a"}}, {}, {}}, kNow);
  EXPECT_EQ(state.generation(), first);
  state.Apply(TrustUpdate{"3", {{"k2", "b"}}, {}, {}}, kNow);
  EXPECT_GT(state.generation(), first);
  EXPECT_FALSE(state.keys().contains("k1"));
}

TEST(TrustState, SurvivesBeingStored) {
  TrustState state;
  TrustUpdate update = Revoking(Tenant(1), "usr_1", "", 5);
  update.cursor = "42";
  update.revocations.push_back({Tenant(1), "", "ses_a", 0, kNow + std::chrono::minutes(30)});
  update.tenants.push_back({Tenant(1), "calmness", "Calmness", "fr", "Europe/Paris"});
  state.Apply(update, kNow);
  const auto back = TrustState::Parse(state.Serialize());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->cursor(), "42");
  EXPECT_EQ(back->keys(), state.keys());
  EXPECT_TRUE(back->Revoked(ClaimsOf(Tenant(1), "usr_1", "ses_b", 4)));
  EXPECT_TRUE(back->Revoked(ClaimsOf(Tenant(9), "usr_2", "ses_a", 4)));
  ASSERT_TRUE(back->ByCode("calmness").has_value());
  EXPECT_EQ(back->ByCode("calmness")->time_zone, "Europe/Paris");
  EXPECT_EQ(back->ById(Tenant(1))->code, "calmness");
  EXPECT_EQ(back->Serialize(), state.Serialize());
  EXPECT_FALSE(TrustState::Parse("\xff\xff\xff").has_value());
}

}  // namespace
}  // namespace quittance::rpc
