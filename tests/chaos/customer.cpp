// See customer.h. Actions go through the public rpcs and the sandbox; what is waited for is read from the wave's view.
#include "tests/chaos/customer.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace quittance::chaos {

using billing::v1::BillingService;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kPatience{90};
constexpr std::chrono::seconds kLinkPatience{10};
constexpr int kAttemptsMax = 10;
constexpr milliseconds kPause{100};

// Whether a caller must ask again to know.
bool IsOpen(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::UNAUTHENTICATED:  // the clock moved: a new token
    case grpc::StatusCode::CANCELLED:
      return true;
    default:
      return false;
  }
}

}  // namespace

Customer::Customer(e2e::Stack& stack, const e2e::TenantSetup& tenant, const View& view, Story story, std::uint64_t seed)
    : stack_(stack), tenant_(tenant), view_(view), story_(story), seed_(seed), name_(e2e::RandomHex(12)) {
  email_ = "client." + name_ + "@client.example";
  telegram_user_ = 1'000'000'000 + static_cast<std::int64_t>(std::stoull(name_.substr(0, 8), nullptr, 16));
}

std::string Customer::Key(const std::string& what) const { return what + "-" + name_; }

bool Customer::Complain(const std::string& what) {
  complaints_.push_back("seed " + std::to_string(seed_) + ", " + NameOf(story_) + " customer " + user_ + ": " + what);
  return false;
}

bool Customer::Await(const std::string& what, const std::function<bool()>& done) {
  const auto until = steady_clock::now() + kPatience;
  while (!done()) {
    if (steady_clock::now() > until) return Complain("waited in vain: " + what);
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

// Auth may be down for a moment.
std::string Customer::Token() {
  const auto until = steady_clock::now() + kPatience;
  while (true) {
    try {
      return stack_.Token(tenant_.backend);
    } catch (const std::exception& error) {
      if (steady_clock::now() > until) {
        Complain(error.what());
        return "";
      }
    }
    std::this_thread::sleep_for(kPause);
  }
}

template <class Stub, class Request, class Response>
std::optional<e2e::Answer<Response>> Customer::Insist(Stub& stub,
                                                      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                                      const Request& request, const std::vector<std::string>& later) {
  const auto until = steady_clock::now() + kPatience;
  while (true) {
    auto answer = e2e::Call(stub, method, Token(), request);
    if (answer.ok()) return answer;
    const bool again = IsOpen(answer.status.error_code()) || std::find(later.begin(), later.end(), answer.reason) != later.end();
    const std::string said = Request::descriptor()->name() + " got " + std::to_string(answer.status.error_code()) + " " +
                             answer.status.error_message() + " " + answer.reason;
    if (!again || steady_clock::now() > until) {
      Complain(said);
      return std::nullopt;
    }
    std::this_thread::sleep_for(kPause);
  }
}

void Customer::Buy() {
  MakeUser();
  Link();
  if (!complaints_.empty()) return;
  const std::string payment = Open("signaux-weekly", "", "week");
  if (payment.empty() || !AwaitReference(payment)) return;
  if (story_ == Story::kUnpaid) return;
  if (story_ == Story::kDeclined) return SwitchPsp();
  if (story_ == Story::kCanceling) return CancelAndBuyAgain();
  if (!Pay(payment)) return;
  Join();
  if (story_ == Story::kRefunded) Refund();
}

void Customer::MakeUser() {
  auth::v1::CreateUserRequest request;
  request.set_request_id(Key("user"));
  request.set_email(email_);
  request.set_locale("fr");
  request.set_external_id(Key("customer"));
  const auto made = Insist(stack_.users(), &auth::v1::UserService::Stub::CreateUser, request);
  if (made) user_ = made->value.id();
}

void Customer::Link() {
  subscriptions::v1::CreateLinkTokenRequest request;
  request.set_request_id(Key("link-" + std::to_string(++links_)));
  request.set_user_id(user_);
  const auto link = Insist(stack_.memberships(), &subscriptions::v1::MembershipService::Stub::CreateLinkToken, request);
  if (!link) return;
  stack_.Control("telegram", {{"action", "start"}, {"user", telegram_user_}, {"payload", link->value.token()}, {"bot", tenant_.bot_token}});
}

std::string Customer::Open(const std::string& plan, const std::string& connection, const std::string& name) {
  Create create;
  create.request.set_request_id(Key(name));
  create.request.set_user_id(user_);
  create.request.set_plan_code(plan);
  create.request.set_connection(connection);
  create.request.set_return_url("https://shop.example/back");
  // The purchase is free again a moment after the cancel was answered.
  const auto opened = Insist(stack_.billing(), &BillingService::Stub::CreatePaymentIntent, create.request,
                             {story_ == Story::kCanceling ? "OPEN_PAYMENT_EXISTS" : "REQUEST_IN_PROGRESS"});
  if (!opened) return "";
  create.payment = opened->value.id();
  payments_.push_back(create.payment);
  creates_.push_back(std::move(create));
  return payments_.back();
}

// The PSP knows the newest attempt; one that ended at a PSP that would not have it (a stored 500) is followed by another, as a payer would.
// False: nobody knows whether the PSP has it, and a person must look.
bool Customer::AwaitReference(const std::string& payment) {
  for (int attempt = 1; attempt <= kAttemptsMax; ++attempt) {
    bool known = false;
    const bool over = Await("the PSP knows " + payment, [&] {
      const auto seen = view_.Payment(payment);
      if (!seen || seen->attempts < attempt) return false;
      known = !seen->reference.empty() && !seen->unknown;
      unresolved_ = seen->unknown && !seen->janitor_waits;
      return known || unresolved_ || seen->attempt_status == "closed";
    });
    if (!over || unresolved_) return false;
    if (known) return true;
    billing::v1::ConfirmPaymentIntentRequest request;
    request.set_request_id(Key("try-" + payment + "-" + std::to_string(attempt)));
    request.set_payment_intent_id(payment);
    request.set_return_url("https://shop.example/back");
    if (!Insist(stack_.billing(), &BillingService::Stub::ConfirmPaymentIntent, request, {"ATTEMPT_UNRESOLVED"})) return false;
  }
  return Complain("no attempt at " + payment + " came about");
}

bool Customer::Pay(const std::string& payment) {
  const auto before = view_.Payment(payment);
  stack_.Control("pay", {{"psp", before->psp}, {"reference", before->reference}, {"outcome", "succeed"}});
  return Await(payment + " succeeds", [&] { return view_.Payment(payment)->status == "SUCCEEDED"; });
}

void Customer::Join() {
  // A link that ran out before the bot could hear of it (business time runs while others wait) is asked for anew.
  auto link_again = steady_clock::now() + kLinkPatience;
  const bool invited = Await("invited", [&] {
    const auto member = view_.MembershipOf(user_);
    if (member && !member->linked && steady_clock::now() > link_again) {
      link_again = steady_clock::now() + kLinkPatience;
      Link();
    }
    return member && member->state == "invited" && !member->link.empty();
  });
  if (!invited) return;
  const std::string link = view_.MembershipOf(user_)->link;
  stack_.Control("telegram", {{"action", "join_request"}, {"user", telegram_user_}, {"chat", tenant_.chat_id}, {"link", link}});
  joined_ = Await("let in", [&] { return view_.IsInside(telegram_user_) && view_.MembershipOf(user_)->state == "member"; });
}

void Customer::Refund() {
  billing::v1::RefundPaymentRequest request;
  request.set_request_id(Key("refund"));
  request.set_payment_intent_id(payments_.back());
  request.set_reason("changed my mind");
  if (!Insist(stack_.billing(), &BillingService::Stub::RefundPayment, request)) return;
  Await("refunded", [&] { return view_.Payment(payments_.back())->status == "REFUNDED"; });
  Await("out after the refund", [&] { return !view_.IsInside(telegram_user_) && view_.MembershipOf(user_)->state == "removed"; });
}

void Customer::SwitchPsp() {
  const std::string payment = payments_.back();
  stack_.Control("pay", {{"psp", "stripe"}, {"reference", view_.Payment(payment)->reference}, {"outcome", "decline"}});
  if (!Await("declined", [&] { return view_.Payment(payment)->detail == "declined"; })) return;
  for (int attempt = view_.Payment(payment)->attempts + 1;; ++attempt) {
    billing::v1::ConfirmPaymentIntentRequest request;
    request.set_request_id(Key("confirm-" + std::to_string(attempt)));
    request.set_payment_intent_id(payment);
    request.set_connection("hmac");
    request.set_return_url("https://shop.example/back");
    if (!Insist(stack_.billing(), &BillingService::Stub::ConfirmPaymentIntent, request, {"ATTEMPT_UNRESOLVED"})) return;
    bool open = false;
    const bool told = Await("the second PSP answers", [&] {
      const auto seen = view_.Payment(payment);
      open = !seen->reference.empty() && !seen->unknown;
      unresolved_ = seen->unknown && !seen->janitor_waits;
      return seen->attempts >= attempt && (open || unresolved_ || seen->attempt_status == "closed");
    });
    if (!told || unresolved_) return;
    if (open && view_.Payment(payment)->attempt_status != "closed") break;
    if (attempt > 2 * kAttemptsMax) return void(Complain("no attempt at the second PSP came about"));
  }
  if (Pay(payment)) Join();
}

void Customer::CancelAndBuyAgain() {
  billing::v1::CancelPaymentIntentRequest request;
  request.set_request_id(Key("cancel"));
  request.set_payment_intent_id(payments_.back());
  if (!Insist(stack_.billing(), &BillingService::Stub::CancelPaymentIntent, request, {"ATTEMPT_UNRESOLVED"})) return;
  const std::string payment = Open("signaux-weekly", "hmac", "again");
  if (payment.empty() || !AwaitReference(payment)) return;
  if (Pay(payment)) Join();
}

void Customer::Renew() {
  if (story_ != Story::kRenewing || !joined_) return;
  const std::int64_t before = view_.SubscriptionOf(user_)->end;
  const std::string payment = Open("signaux-monthly", "", "month");
  if (payment.empty() || !AwaitReference(payment) || !Pay(payment)) return;
  Await("a month behind the week", [&] { return view_.SubscriptionOf(user_)->end == before + 2'592'000; });
}

void Customer::AskAgain() {
  for (const auto& create : creates_) {
    const auto again = Insist(stack_.billing(), &BillingService::Stub::CreatePaymentIntent, create.request);
    if (again && (again->value.id() != create.payment || !again->replayed)) {
      Complain("the key of " + create.payment + " gave " + again->value.id() + (again->replayed ? "" : ", not as a replay"));
    }
  }
}

}  // namespace quittance::chaos
