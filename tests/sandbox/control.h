// The control routes: what a test or a demo does to the outside world, and what it sees of it (README.md has the table).
#pragma once

#include "tests/sandbox/deliveries.h"
#include "tests/sandbox/psp.h"
#include "tests/sandbox/telegram.h"
#include "tests/sandbox/twilio.h"

namespace quittance::sandbox {

class Control {
 public:
  Control(State& state, Deliveries& deliveries, Telegram& telegram, Twilio& twilio, std::map<std::string, PspNetwork*> psps)
      : state_(state), deliveries_(deliveries), telegram_(telegram), twilio_(twilio), psps_(std::move(psps)) {}

  std::vector<http::Route> Routes();

 private:
  using Command = http::ServerResponse (Control::*)(const Json& command);
  struct Wanted {
    std::string filter;  // empty: all
    TimePoint since;     // no calls and charges before it
  };
  using Listing = Json (Control::*)(const Wanted& wanted);
  http::Route Bind(std::string path, Command command);
  http::Route Bind(std::string path, std::string filter, Listing listing);

  http::ServerResponse PutAccount(const Json& command);
  http::ServerResponse Pay(const Json& command);
  http::ServerResponse Refund(const Json& command);
  http::ServerResponse Dispute(const Json& command);
  http::ServerResponse Deliver(const Json& command);
  http::ServerResponse AddFault(const Json& command);
  http::ServerResponse PlayTelegram(const Json& command);
  http::ServerResponse AtPsp(const Json& command, http::ServerResponse (PspNetwork::*play)(const Json&));

  std::string Names() const;  // of the PSPs, each behind a blank

  Json Mails(const Wanted& wanted);
  Json Sms(const Wanted& wanted);
  Json Members(const Wanted& wanted);
  Json Calls(const Wanted& wanted);
  Json Charges(const Wanted& wanted);
  Json Results(const Wanted& wanted);

  State& state_;
  Deliveries& deliveries_;
  Telegram& telegram_;
  Twilio& twilio_;
  std::map<std::string, PspNetwork*> psps_;
};

}  // namespace quittance::sandbox
