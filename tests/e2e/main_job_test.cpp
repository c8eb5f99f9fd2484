// The main job on five real processes, and again with each of them killed in the middle: the end is the same.
#include "tests/e2e/fixture.h"

namespace quittance::e2e {
namespace {

TEST(MainJob, FromIntentToRemoval) {
  auto& stack = StackFixture::Get().stack();
  Expecting observer;
  Journey(stack, NewTenant(stack), observer).Play();
}

void PlayKilling(const std::string& process, Moment moment) {
  auto& fixture = StackFixture::Get();
  Expecting observer;
  Journey(fixture.stack(), NewTenant(fixture.stack()), observer, [&](Moment now) {
    if (now != moment) return;
    fixture.Kill(process);
    fixture.Restart();
  }).Play();
}

// Webhooks are on their way when it dies: the PSP sends them again.
TEST(MainJobKilled, K05_W24_Billing) { PlayKilling("billing", Moment::kPaid); }
// The payment's event is on its way: the consumer takes it up again.
TEST(MainJobKilled, K16_M12_Subscriptions) { PlayKilling("subscriptions", Moment::kPaid); }
// The reminder is due while it is down.
TEST(MainJobKilled, J06_SubscriptionsAtTheReminder) { PlayKilling("subscriptions", Moment::kReminderDue); }
// Mails wait for it.
TEST(MainJobKilled, J02_Notifications) { PlayKilling("notifications", Moment::kInvited); }
// The PSP gets no 2xx and sends again.
TEST(MainJobKilled, W24_Ingress) { PlayKilling("ingress", Moment::kPaid); }
// Tokens go on verifying elsewhere; new ones come when it is back.
TEST(MainJobKilled, A20_Auth) { PlayKilling("auth", Moment::kIntentOpened); }

}  // namespace
}  // namespace quittance::e2e
