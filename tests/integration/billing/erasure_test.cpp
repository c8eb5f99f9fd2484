// A person was erased by auth: what a backend and PSPs said of them goes, the books stay.
#include "quittance/auth/v1/auth_events.pb.h"
#include "services/billing/api/projections.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

struct Erasure : BillingTest {
  void TellErased(const UserId& whom) {
    auth::v1::UserErased message;
    message.mutable_user()->set_id(whom.ToString());
    message.mutable_user()->set_status(auth::v1::User::STATUS_ERASED);
    message.mutable_user()->set_version(9);
    const ::quittance::events::Event event{.id = ids.Next(),
                                           .tenant = tenant,
                                           .type = "quittance.auth.v1.UserErased",
                                           .key = whom.ToString(),
                                           .sequence = 9,
                                           .time = clock.Now(),
                                           .traceparent = {},
                                           .data = message.SerializeAsString()};
    const auto handler = api::OnUserErased(*deps);
    system->TransactSync(db::Scope::System(), [&](db::Tx& tx) { handler(tx, event); });
  }
};

TEST_F(Erasure, WhatIsPersonalGoesAndTheBooksStay) {
  const auto paid = Paid("key-0001");
  Value("UPDATE payments SET metadata_keys = '{name}', metadata_values = '{canary}' RETURNING 1");
  Value("UPDATE payment_attempts SET return_url = 'https://shop.example/canary' RETURNING 1");
  TellErased(other_user);
  EXPECT_EQ(Count("payments p WHERE p::text LIKE '%canary%'"), 1) << "somebody else's stay";
  for (int twice = 0; twice < 2; ++twice) TellErased(user);
  for (const char* table : {"payments", "payment_attempts", "payment_facts", "audit_log", "outbox"}) {
    EXPECT_EQ(Count(std::string(table) + " t WHERE t::text LIKE '%canary%'"), 0) << table;
  }
  EXPECT_EQ(Count("webhook_deliveries WHERE octet_length(body) > 0"), 0);
  const auto after = Get(paid.id());
  EXPECT_EQ(after.status(), Intent::SUCCEEDED);
  EXPECT_EQ(after.amount_captured().amount_minor(), 1990);
  EXPECT_EQ(after.psp_reference(), paid.psp_reference());
  EXPECT_GT(Count("payment_facts"), 0);
  EXPECT_EQ(Value("SELECT detail FROM audit_log WHERE action = 'ErasePerson' AND subject = '" + user.ToString() + "' ORDER BY id LIMIT 1"),
            "{\"payments\":1,\"attempts\":1,\"deliveries\":1}");
  // A PSP tells late of a payment of theirs: it is still applied.
  EXPECT_EQ(Deliver(Event("ev_again", "payment.succeeded", paid)), 200);
  EXPECT_EQ(Get(paid.id()).status(), Intent::SUCCEEDED);
}

TEST_F(Erasure, AWebhookThatWaitsIsStillApplied) {
  Intent early;
  early.set_id("pay_0123456789abcdef0123456789abcdef");
  early.set_psp_reference("hp_early");
  EXPECT_EQ(Deliver(Event("ev_1", "payment.succeeded", early)), 200);
  const auto intent = Created("key-0002");
  Value("UPDATE payment_attempts SET psp_reference = 'hp_early' RETURNING 1");
  TellErased(user);
  clock.Advance(std::chrono::seconds(5));
  EXPECT_EQ(Run(ReplayParked(*deps)), 1);
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
}

}  // namespace
}  // namespace quittance::billing::test
