// See journey.h.
#include "tests/e2e/journey.h"

#include <set>
#include <stdexcept>
#include <thread>

namespace quittance::e2e {

using billing::v1::BillingService;
using billing::v1::PaymentIntent;
using subscriptions::v1::MembershipService;
using subscriptions::v1::SubscriptionService;

namespace {

constexpr std::int64_t kWeek = 604'800;
constexpr std::int64_t kMonth = 2'592'000;

std::string Euro(const common::v1::Money& money) {
  return std::to_string(money.amount_minor() / 100) + "." + (money.amount_minor() % 100 < 10 ? "0" : "") +
         std::to_string(money.amount_minor() % 100) + " " + money.currency_code();
}

}  // namespace

Journey::Journey(Stack& stack, TenantSetup setup, Observer& observer, AtMoment at)
    : stack_(stack), setup_(std::move(setup)), observer_(observer), at_(std::move(at)), tail_(stack.at("kafka")) {
  member_ = 700'000'000 + static_cast<std::int64_t>(std::stoul(RandomHex(6), nullptr, 16));
  stranger_ = member_ + 1;
  email_ = "luc." + RandomHex(8) + "@client.example";
}

void Journey::Play() {
  MakeUser();
  LinkTelegram();
  OpenPayment();
  at_(Moment::kIntentOpened);
  PayWithNoise();
  SeePeriod();
  at_(Moment::kInvited);
  Join();
  SeeConfirmationMail();
  Remind();
  Renew();
  End();
}

void Journey::MakeUser() {
  observer_.Step("A backend makes its user");
  auth::v1::CreateUserRequest request;
  request.set_request_id("user-" + RandomHex(16));
  request.set_email(email_);
  request.set_locale("fr");
  request.set_external_id("customer-" + RandomHex(8));
  const auto made = Call(stack_.users(), &auth::v1::UserService::Stub::CreateUser, Token(), request);
  user_id_ = made.value.id();
  Observe(made.ok() && user_id_.rfind("usr_", 0) == 0, "CreateUser gave " + user_id_ + " (" + made.status.error_message() + ")");
  Observe(Eventually([&] { return tail_.Count("UserCreated", user_id_) == 1; }), "UserCreated stands on Kafka once, without the address");
}

void Journey::LinkTelegram() {
  observer_.Step("The member links Telegram");
  subscriptions::v1::CreateLinkTokenRequest request;
  request.set_request_id("link-" + RandomHex(16));
  request.set_user_id(user_id_);
  const auto link = Call(stack_.memberships(), &MembershipService::Stub::CreateLinkToken, Token(), request);
  Observe(link.ok() && link.value.url().find("?start=" + link.value.token()) != std::string::npos,
          "CreateLinkToken gave a t.me link, single use (" + link.status.error_message() + ")");
  stack_.Control("telegram", {{"action", "start"}, {"user", member_}, {"payload", link.value.token()}, {"bot", setup_.bot_token}});
  // Before the first payment there is no membership yet: that the account is linked shows later, when the member is let in.
}

// Sends the create with one key and gives the intent's id.
std::string Journey::Open(const std::string& plan, const std::string& key) {
  billing::v1::CreatePaymentIntentRequest request;
  request.set_request_id(key);
  request.set_user_id(user_id_);
  request.set_plan_code(plan);
  request.set_return_url("https://shop.example/back");
  (*request.mutable_metadata())["order"] = "order no. 1001";
  const auto answer = Call(stack_.billing(), &BillingService::Stub::CreatePaymentIntent, Token(), request);
  if (!answer.ok()) return "refused: " + answer.status.error_message() + " " + answer.reason;
  return answer.value.id();
}

void Journey::OpenPayment() {
  observer_.Step("The backend asks for a weekly payment intent, three times at once with one key");
  const int creates_before = PspCreates();
  const std::string key = "order-1001-" + RandomLetters(12);
  std::vector<Answer<PaymentIntent>> answers(3);
  std::vector<std::thread> threads;
  const std::string token = Token();
  for (auto& answer : answers) {
    threads.emplace_back([&] {
      billing::v1::CreatePaymentIntentRequest request;
      request.set_request_id(key);
      request.set_user_id(user_id_);
      request.set_plan_code("signaux-weekly");
      request.set_return_url("https://shop.example/back");
      (*request.mutable_metadata())["order"] = "order no. 1001";
      answer = Call(stack_.billing(), &BillingService::Stub::CreatePaymentIntent, token, request);
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> bytes;
  int replays = 0;
  for (const auto& answer : answers) {
    bytes.insert(answer.ok() ? answer.value.SerializeAsString() : "refused " + answer.status.error_message() + " " + answer.reason);
    replays += answer.replayed ? 1 : 0;
  }
  payment_id_ = answers[0].value.id();
  Observe(answers[0].ok() && bytes.size() == 1,
          "three equal answers: " + payment_id_ +
              (bytes.size() == 1 ? "" : " (" + std::to_string(bytes.size()) + " kinds; " + answers[0].status.error_message() + ")"));
  Observe(replays == 2, std::to_string(replays) + " of them marked idempotent-replayed");
  Observe(answers[0].value.status() == PaymentIntent::PENDING && answers[0].value.amount().amount_minor() == 1990,
          Euro(answers[0].value.amount()) + " PENDING / " + answers[0].value.detail() + ", the price came from the plan");
  Observe(PspCreates() - creates_before == 1, "the PSP was called once");

  billing::v1::CreatePaymentIntentRequest other;
  other.set_request_id(key);
  other.set_user_id(user_id_);
  other.set_plan_code("signaux-monthly");
  const auto refused = Call(stack_.billing(), &BillingService::Stub::CreatePaymentIntent, token, other);
  Observe(refused.reason == "IDEMPOTENCY_KEY_REUSED", "the same key with another plan is refused: " + refused.reason);
  other.set_request_id("order-1002-" + RandomLetters(12));
  other.set_plan_code("signaux-weekly");
  const auto second = Call(stack_.billing(), &BillingService::Stub::CreatePaymentIntent, token, other);
  Observe(second.reason == "OPEN_PAYMENT_EXISTS", "another key for the same purchase is refused: " + second.reason);
}

void Journey::PayWithNoise() {
  observer_.Step("The payer pays; the webhook comes three times, shuffled, and once forged");
  const PaymentIntent before = Payment(payment_id_);
  stack_.Control("deliver", {{"duplicates", 3}, {"shuffle", true}});
  stack_.Control("pay", {{"psp", "stripe"}, {"reference", before.psp_reference()}, {"outcome", "succeed"}});
  at_(Moment::kPaid);
  HttpAnswer forged;
  // 503 while the process that checks signatures is away: a sender, forger or not, comes again.
  Eventually([&] {
    forged = Http(
        "POST", stack_.at("ingress") + "/webhooks/" + setup_.code + "/stripe", R"({"id":"evt_forged","type":"payment_intent.succeeded"})",
        {"Content-Type: application/json", "Stripe-Signature: t=" + std::to_string(stack_.BusinessNow()) + ",v1=" + RandomHex(64)});
    return forged.status != 503;
  });
  Observe(forged.status == 401, "the forged webhook got " + std::to_string(forged.status));
  PaymentIntent paid;
  const bool succeeded = Eventually([&] { return (paid = Payment(payment_id_)).status() == PaymentIntent::SUCCEEDED; });
  Observe(
      succeeded && paid.detail() == "settled" && paid.amount_captured().amount_minor() == 1990,
      "the payment is " + PaymentIntent::Status_Name(paid.status()) + " / " + paid.detail() + ", captured " + Euro(paid.amount_captured()));
  Observe(Charges(payment_id_) == 1, std::to_string(Charges(payment_id_)) + " charge at the PSP");
  Observe(Told("PaymentSucceeded", payment_id_), "PaymentSucceeded stands on Kafka once:");
  for (const auto& event : tail_.All()) {
    if (event.type() == "PaymentSucceeded" && event.key == payment_id_) {
      Observe(event.headers.count("ce_id") == 1 && event.headers.at("ce_specversion") == "1.0" && event.headers.count("ce_tenant") == 1,
              "  CloudEvents headers: ce_type " + event.headers.at("ce_type") + ", ce_sequence " + event.headers.at("ce_sequence"));
      Observe(event.data.find("order no.") == std::string::npos && event.data.find("client.example") == std::string::npos,
              "  no metadata and no address in it: " + event.decoded().substr(0, 200) + "…");
    }
  }
  stack_.Control("deliver", Json::object());
}

void Journey::SeePeriod() {
  observer_.Step("The payment opens a subscription");
  subscriptions::v1::Subscription sub;
  const bool active = Eventually([&] { return (sub = Subscription()).status() == subscriptions::v1::Subscription::ACTIVE; });
  subscription_id_ = sub.id();
  const PaymentIntent paid = Payment(payment_id_);
  first_end_ = sub.current_period_end().seconds();
  Observe(active,
          "the subscription " + sub.id() + " to " + sub.access() + " is " + subscriptions::v1::Subscription::Status_Name(sub.status()));
  Observe(sub.current_period_end().seconds() - paid.succeed_time().seconds() == kWeek &&
              sub.current_period_end().nanos() == paid.succeed_time().nanos(),
          "it ends exactly 604,800 s after the payment was applied");
  Observe(Eventually([&] { return Membership().state() == subscriptions::v1::Membership::INVITED; }), "the member is INVITED");
  Observe(Membership().linked(), "the Telegram account is linked");
}

void Journey::Join() {
  observer_.Step("The member joins the channel, a stranger with the same link does not");
  const std::string link = Membership().invite_link();
  Observe(!link.empty(), "the invite is a join-request link: " + link);
  SeeMail("invitation", "the invite was mailed once");
  stack_.Control("telegram", {{"action", "join_request"}, {"user", stranger_}, {"chat", setup_.chat_id}, {"link", link}});
  Observe(Eventually([&] {
            for (const auto& call : stack_.Listing("calls?target=telegram")) {
              if (call.at("path").get<std::string>().find("declineChatJoinRequest") != std::string::npos &&
                  call.at("body").get<std::string>().find(std::to_string(stranger_)) != std::string::npos) {
                return true;
              }
            }
            return false;
          }) &&
              MemberStatus(stranger_) != "member",
          "the stranger was declined");
  stack_.Control("telegram", {{"action", "join_request"}, {"user", member_}, {"chat", setup_.chat_id}, {"link", link}});
  Observe(Eventually([&] { return MemberStatus(member_) == "member"; }), "the member was approved and is in the channel");
  Observe(Eventually([&] { return Membership().state() == subscriptions::v1::Membership::MEMBER; }), "the membership is MEMBER");
}

void Journey::SeeConfirmationMail() {
  observer_.Step("A mail confirms, in French");
  SeeMail("abonnement est actif", "one confirmation mail");
  for (const auto& mail : stack_.Listing("mail?to=" + email_)) {
    const std::string subject = mail.at("subject");
    if (subject.find("actif") == std::string::npos) continue;
    Observe(!mail.at("text").get<std::string>().empty() && !mail.at("html").get<std::string>().empty() &&
                mail.at("headers").value("content-language", mail.at("headers").value("Content-Language", "")) == "fr",
            "  «" + subject + "», text and HTML, Content-Language fr");
  }
}

void Journey::Remind() {
  observer_.Step("Five days later: 48 h before the end");
  stack_.AdvanceClock(std::chrono::hours(24 * 5));
  at_(Moment::kReminderDue);
  SeeMail("expire dans", "one reminder mail");
  const auto sub = Subscription();
  Observe(sub.expiring() && sub.seconds_remaining() <= 172'800 && sub.seconds_remaining() > 172'800 - 600,
          std::to_string(sub.seconds_remaining()) + " seconds remain, expiring");
  Observe(Told("SubscriptionReminderDue", subscription_id_), "SubscriptionReminderDue stands on Kafka once");
}

void Journey::Renew() {
  observer_.Step("The member renews for a month before the end");
  const int telegram_before = TelegramCalls();
  renewal_id_ = Open("signaux-monthly", "order-1003-" + RandomLetters(12));
  const PaymentIntent intent = Payment(renewal_id_);
  Observe(intent.status() == PaymentIntent::PENDING, "a second intent: " + renewal_id_);
  stack_.Control("pay", {{"psp", "stripe"}, {"reference", intent.psp_reference()}, {"outcome", "succeed"}});
  subscriptions::v1::Subscription sub;
  const bool renewed = Eventually([&] { return (sub = Subscription()).current_period_end().seconds() > first_end_; });
  last_end_ = sub.current_period_end().seconds();
  Observe(renewed && last_end_ == first_end_ + kMonth, "the new end is the old end + 2,592,000 s");
  SeeMail("renouvel", "one renewal mail");
  Observe(TelegramCalls() == telegram_before, "Telegram was not called for it");
  Observe(MemberStatus(member_) == "member", "the member stayed in the channel");
}

void Journey::End() {
  observer_.Step("The end is reached");
  stack_.AdvanceClock(std::chrono::seconds(last_end_ - stack_.BusinessNow() + 1));
  at_(Moment::kEndReached);
  Observe(Eventually([&] { return Subscription().status() == subscriptions::v1::Subscription::EXPIRED; }, std::chrono::seconds(60)),
          "the subscription is EXPIRED");
  Observe(Eventually([&] { return MemberStatus(member_) == "left"; }, std::chrono::seconds(60)), "the member was taken out of the channel");
  Observe(Eventually([&] { return Membership().state() == subscriptions::v1::Membership::REMOVED; }), "the membership is REMOVED");
  SeeMail("est terminé", "one last mail");
  Observe(Told("SubscriptionExpired", subscription_id_) && Told("SubscriptionActivated", subscription_id_) &&
              Told("SubscriptionRenewed", subscription_id_) && Told("PaymentSucceeded", payment_id_),
          "Activated, Renewed and Expired stand on Kafka once each");
  Observe(Charges(payment_id_) == 1 && Charges(renewal_id_) == 1, "two purchases, two charges");
}

PaymentIntent Journey::Payment(const std::string& id) {
  billing::v1::GetPaymentIntentRequest request;
  request.set_payment_intent_id(id);
  return Call(stack_.billing(), &BillingService::Stub::GetPaymentIntent, Token(), request).value;
}

subscriptions::v1::Subscription Journey::Subscription() {
  subscriptions::v1::ListSubscriptionsRequest request;
  request.set_user_id(user_id_);
  const auto answer = Call(stack_.subscriptions(), &SubscriptionService::Stub::ListSubscriptions, Token(), request);
  return answer.value.subscriptions_size() == 1 ? answer.value.subscriptions(0) : subscriptions::v1::Subscription();
}

subscriptions::v1::Membership Journey::Membership() {
  subscriptions::v1::GetMembershipRequest request;
  request.set_user_id(user_id_);
  request.set_channel("default");
  return Call(stack_.memberships(), &MembershipService::Stub::GetMembership, Token(), request).value;
}

int Journey::Mails(const std::string& subject_part) {
  int count = 0;
  for (const auto& mail : stack_.Listing("mail?to=" + email_)) {
    count += mail.at("subject").get<std::string>().find(subject_part) != std::string::npos ? 1 : 0;
  }
  return count;
}

// Whoever finds none, or two, is told what notifications know of it.
void Journey::SeeMail(const std::string& subject_part, const std::string& what) {
  const bool once = Eventually([&] { return Mails(subject_part) == 1; });
  std::string why;
  if (!once) {
    why = ": " + std::to_string(Mails(subject_part));
    notifications::v1::ListNotificationsRequest request;
    request.set_user_id(user_id_);
    const auto list = Call(stack_.notifications(), &notifications::v1::NotificationService::Stub::ListNotifications, Token(), request);
    for (const auto& each : list.value.notifications()) why += "\n" + each.ShortDebugString();
  }
  Observe(once, what + why);
}

std::string Journey::MemberStatus(std::int64_t telegram_user) {
  for (const auto& member : stack_.Listing("telegram/members?chat=" + setup_.chat_id)) {
    if (member.at("user").get<std::int64_t>() == telegram_user) return member.at("status");
  }
  return "left";
}

int Journey::Charges(const std::string& payment_id) {
  int count = 0;
  for (const auto& charge : stack_.Listing("charges?psp=stripe")) {
    count += charge.at("payment_id") == payment_id && charge.at("kind") == "capture" ? 1 : 0;
  }
  return count;
}

int Journey::PspCreates() {
  int count = 0;
  for (const auto& call : stack_.Listing("calls?target=stripe")) {
    const std::string path = call.at("path");
    count += call.at("method") == "POST" && path.size() >= 16 && path.compare(path.size() - 16, 16, "/payment_intents") == 0 ? 1 : 0;
  }
  return count;
}

// The event is there, once; another reader of the topic may be a moment behind the consumers.
bool Journey::Told(const std::string& type, const std::string& key) {
  return Eventually([&] { return tail_.Count(type, key) >= 1; }) && tail_.Count(type, key) == 1;
}

// Of this bot; the link of the invitation, which is withdrawn once it was used, may still be on its way.
int Journey::TelegramCalls() {
  int calls = 0;
  for (const auto& call : stack_.Listing("calls?target=telegram")) {
    const auto path = call.at("path").get<std::string>();
    calls += path.find(setup_.bot_token) != std::string::npos && path.find("revokeChatInviteLink") == std::string::npos ? 1 : 0;
  }
  return calls;
}

}  // namespace quittance::e2e
