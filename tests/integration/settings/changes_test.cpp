// Four eyes: what two persons must say, and what one may.
#include <thread>

#include "tests/integration/settings/world.h"

namespace quittance::settings::test {
namespace {

class FourEyes : public SettingsTest {};

TEST_F(FourEyes, WhereMoneyGoesIsDeletedByTwoPersons) {
  Set("receiving.bank", "IBAN 1");
  ASSERT_TRUE(Delete("receiving.bank").ok());
  EXPECT_TRUE(Get("receiving.bank")->is_set);
  const auto pending = Pending();
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_TRUE(pending[0].deletes);
  EXPECT_EQ(pending[0].proposed_by, "svc_operator");
  EXPECT_EQ(Approve("svc_operator", pending[0].id.ToString()).error().code, Code::kPermissionDenied);
  EXPECT_TRUE(Get("receiving.bank")->is_set);
  ASSERT_TRUE(Approve("svc_second", pending[0].id.ToString()).ok());
  EXPECT_FALSE(Get("receiving.bank")->is_set);
  EXPECT_EQ(For(tenant)->Find("receiving.bank"), std::nullopt);
  EXPECT_TRUE(Pending().empty());
  EXPECT_EQ(Text("SELECT string_agg(action || ':' || actor, ' ' ORDER BY id) FROM audit_log"),
            "PutSetting:svc_operator ProposeDeleteSetting:svc_operator ApproveChange:svc_second");
  EXPECT_EQ(Approve("svc_second", pending[0].id.ToString()).error().reason, Reason::kNotFound);
}

TEST_F(FourEyes, WhereMoneyGoesIsChangedByTwoPersons) {
  Set("receiving.bank", "IBAN 1");
  Set("receiving.bank", "IBAN 1");  // the same value changes nothing
  EXPECT_TRUE(Pending().empty());
  ASSERT_TRUE(Put("receiving.bank", "IBAN 2").ok());
  EXPECT_EQ(For(tenant)->Get("receiving.bank"), "IBAN 1");
  ASSERT_EQ(Pending().size(), 1u);
  EXPECT_EQ(Text("SELECT coalesce(string_agg(encode(value, 'escape'), ''), '') FROM setting_changes").find("IBAN"), std::string::npos);
  ASSERT_TRUE(Approve("svc_second", Pending()[0].id.ToString()).ok());
  EXPECT_EQ(For(tenant)->Get("receiving.bank"), "IBAN 2");
}

TEST_F(FourEyes, OfTwoFirstValuesAtOnceOneStandsAndTheOtherWaitsForASecondPerson) {
  for (int round = 0; round < 20; ++round) {
    const auto one = NewCall();
    const auto two = NewCall();
    bool done = false;
    std::thread at_once([&] { done = Put("receiving.bank", "IBAN 2", "", two).ok(); });
    EXPECT_TRUE(Put("receiving.bank", "IBAN 1", "", one).ok());
    at_once.join();
    EXPECT_TRUE(done);
    EXPECT_EQ(Text("SELECT string_agg(version::text, ' ') FROM settings"), "1");
    EXPECT_EQ(Pending().size(), 1u);
    Text("WITH a AS (DELETE FROM settings), b AS (DELETE FROM setting_changes) SELECT ''");
  }
}

TEST_F(FourEyes, SecretsAreRotatedByOneAndDeletedByTwo) {
  Set("psp.stripe.api_key", "sk_one_12345");
  Set("psp.stripe.api_key", "sk_two_12345");
  EXPECT_EQ(For(tenant)->Get("psp.stripe.api_key"), "sk_two_12345");
  ASSERT_TRUE(Delete("psp.stripe.api_key").ok());
  EXPECT_EQ(For(tenant)->Get("psp.stripe.api_key"), "sk_two_12345");
  ASSERT_TRUE(Approve("svc_second", Pending().at(0).id.ToString()).ok());
  EXPECT_EQ(For(tenant)->Find("psp.stripe.api_key"), std::nullopt);
}

TEST_F(FourEyes, WhatIsNotSensitiveIsDeletedAtOnce) {
  Set("psp.default", "stripe");
  ASSERT_TRUE(Delete("psp.default", "", true).ok());
  EXPECT_TRUE(Get("psp.default")->is_set);
  EXPECT_EQ(Delete("psp.default", "\"9\"").error().reason, Reason::kEtagMismatch);
  ASSERT_TRUE(Delete("psp.default", "\"1\"").ok());
  EXPECT_FALSE(Get("psp.default")->is_set);
  EXPECT_EQ(Delete("psp.default").error().reason, Reason::kNotFound);
  EXPECT_EQ(Delete("no.such.key").error().reason, Reason::kNotFound);
}

TEST_F(FourEyes, AProposalIsAboutTheValueThatStood) {
  Set("psp.stripe.api_key", "sk_one_12345");
  ASSERT_TRUE(Delete("psp.stripe.api_key").ok());
  const auto change = Pending().at(0).id.ToString();
  Set("psp.stripe.api_key", "sk_two_12345");
  EXPECT_EQ(Approve("svc_second", change).error().reason, Reason::kEtagMismatch);
  EXPECT_TRUE(Get("psp.stripe.api_key")->is_set);
}

TEST_F(FourEyes, AProposalDoesNotStandForEver) {
  Set("receiving.bank", "IBAN 1");
  ASSERT_TRUE(Delete("receiving.bank").ok());
  const auto change = Pending().at(0).id.ToString();
  now += kChangeLife;
  EXPECT_TRUE(Pending().empty());
  EXPECT_EQ(Approve("svc_second", change).error().reason, Reason::kNotFound);
  EXPECT_EQ(Approve("svc_second", "chg_nonsense").error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace quittance::settings::test
