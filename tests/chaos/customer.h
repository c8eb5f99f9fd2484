// One customer of a run: a backend and a payer who keep asking, as their standard retry would, until each step has a definite answer.
// Invariant: every call that moves something repeats its own key; what is complained about is what a customer would notice.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/chaos/plan.h"
#include "tests/chaos/view.h"

namespace quittance::chaos {

class Customer {
 public:
  Customer(e2e::Stack& stack, const e2e::TenantSetup& tenant, const View& view, Story story, std::uint64_t seed);

  void Buy();    // the leg of the sale
  void Renew();  // after the reminder
  // Every create again with its key: the same intent comes back, marked as a replay.
  void AskAgain();

  Story story() const { return story_; }
  std::uint64_t seed() const { return seed_; }
  const std::string& user() const { return user_; }
  const std::string& email() const { return email_; }
  std::int64_t telegram_user() const { return telegram_user_; }
  bool joined() const { return joined_; }
  // The PSP answered 500 for good: a person must look, nothing was charged.
  bool unresolved() const { return unresolved_; }
  const std::vector<std::string>& payments() const { return payments_; }
  const std::vector<std::string>& complaints() const { return complaints_; }
  void Note(const std::string& what) { Complain(what); }

 private:
  struct Create {
    billing::v1::CreatePaymentIntentRequest request;
    std::string payment;
  };

  void MakeUser();
  void Link();
  std::string Open(const std::string& plan, const std::string& connection, const std::string& name);
  bool AwaitReference(const std::string& payment);
  bool Pay(const std::string& payment);
  void Join();
  void Refund();
  void SwitchPsp();
  void CancelAndBuyAgain();
  std::string Key(const std::string& what) const;
  std::string Token();
  bool Complain(const std::string& what);
  bool Await(const std::string& what, const std::function<bool()>& done);
  // Until the answer is definite. `later`: reasons of refusals that only mean not yet.
  template <class Stub, class Request, class Response>
  std::optional<e2e::Answer<Response>> Insist(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                              const Request& request, const std::vector<std::string>& later = {});

  e2e::Stack& stack_;
  const e2e::TenantSetup& tenant_;
  const View& view_;
  const Story story_;
  const std::uint64_t seed_;
  const std::string name_;  // unique in the stack
  std::string email_, user_;
  std::int64_t telegram_user_ = 0;
  int links_ = 0;
  bool joined_ = false, unresolved_ = false;
  std::vector<Create> creates_;
  std::vector<std::string> payments_;
  std::vector<std::string> complaints_;
};

}  // namespace quittance::chaos
