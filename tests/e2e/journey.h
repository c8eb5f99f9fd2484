// The main job, step by step, with what must be observed after each: played by `./dev demo` for a person and by the end-to-end tests.
// Invariant: every observation is read back from the stack (rpcs, Kafka, mailbox, channel members, PSP charges), never assumed.
#pragma once

#include <functional>
#include <string>

#include "tests/e2e/event_tail.h"
#include "tests/e2e/provision.h"

namespace quittance::e2e {

// Who listens: the demo prints, a test asserts.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void Step(const std::string& title) = 0;
  virtual void Observe(bool as_expected, const std::string& what) = 0;
};

// Moments between two steps at which a test may kill a process; the demo does nothing there.
enum class Moment { kIntentOpened, kPaid, kInvited, kReminderDue, kEndReached };
using AtMoment = std::function<void(Moment)>;

class Journey {
 public:
  Journey(
      Stack& stack, TenantSetup setup, Observer& observer, AtMoment at = [](Moment) {});

  // All steps in order.
  void Play();

  void MakeUser();
  void LinkTelegram();
  void OpenPayment();   // three times at once with one key
  void PayWithNoise();  // webhooks three times, shuffled; one forged
  void SeePeriod();
  void Join();  // the member is approved, a stranger declined
  void SeeConfirmationMail();
  void Remind();  // +5 days
  void Renew();
  void End();

  const std::string& user() const { return user_id_; }
  std::int64_t member() const { return member_; }
  std::string MemberStatus(std::int64_t telegram_user);

 private:
  std::string Token() { return stack_.Token(setup_.backend); }
  std::string Open(const std::string& plan, const std::string& key);
  billing::v1::PaymentIntent Payment(const std::string& id);
  subscriptions::v1::Subscription Subscription();
  subscriptions::v1::Membership Membership();
  bool Told(const std::string& type, const std::string& key);
  int Mails(const std::string& subject_part);
  void SeeMail(const std::string& subject_part, const std::string& what);
  int Charges(const std::string& payment_id);
  int PspCreates();
  int TelegramCalls();
  void Observe(bool ok, const std::string& what) { observer_.Observe(ok, what); }

  Stack& stack_;
  TenantSetup setup_;
  Observer& observer_;
  AtMoment at_;
  EventTail tail_;
  std::string email_, user_id_, payment_id_, renewal_id_, subscription_id_;
  std::int64_t member_ = 0, stranger_ = 0;
  std::int64_t first_end_ = 0, last_end_ = 0;
};

}  // namespace quittance::e2e
