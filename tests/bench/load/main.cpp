// quittance-load VERB --name value …: one load, its report as one JSON line. tests/bench/run calls it; so can a person.
// Invariant: a load in which an operation failed says so in its report and still gives its figures; whether that is a fault is its caller's
// matter.
#include <absl/synchronization/mutex.h>

#include <iostream>
#include <map>

#include "tests/bench/load/calls.h"
#include "tests/bench/load/hooks.h"
#include "tests/bench/load/kafka.h"
#include "tests/bench/load/people.h"

namespace quittance::bench {
namespace {

constexpr const char* kHelp = R"(usage: quittance-load VERB --endpoints FILE --fleet FILE [--name value …]
  prepare  --tenants N
  create   --tenants N [--run R] [--keys K: replays] [--users U: staged ones] [--target host:port] [--check 0] [--retry 1]
           [--acknowledged FILE] and an offer
  list     --tenants N and an offer: ListSubscriptions
  people   --people N: accounts of the first tenant, for login
  login    --people N and an offer: Login; who is told to come again does
  refresh  --sessions FILE and an offer: RefreshToken, each session in its turn
  user     --tenants N and an offer: GetUser
  hooks    --tenants N --payments FILE [--run R] [--connections C] [--sent FILE] and an offer
  produce  --brokers B --topic T --count N --bytes B
  offsets  --brokers B --topic T
  users    --tenant HEX --count N --file FILE: UserCreated events for COPY outbox
An offer: --in-flight N (closed loop) or --rate R (open loop), --seconds S, [--warm-up S], [--count N], [--within-ms M], [--timeline 1]
)";

class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 2; i + 1 < argc; i += 2) values_[std::string(argv[i]).substr(2)] = argv[i + 1];
  }
  std::string Text(const std::string& name, const std::string& otherwise) const {
    return values_.contains(name) ? values_.at(name) : otherwise;
  }
  std::string Text(const std::string& name) const {
    if (!values_.contains(name)) throw std::invalid_argument("--" + name + " is missing");
    return values_.at(name);
  }
  double Number(const std::string& name, double otherwise) const {
    return values_.contains(name) ? std::stod(values_.at(name)) : otherwise;
  }
  int Count(const std::string& name, int otherwise) const { return static_cast<int>(Number(name, otherwise)); }

 private:
  std::map<std::string, std::string> values_;
};

Offer OfferOf(const Arguments& arguments) {
  return {.in_flight = arguments.Count("in-flight", 256),
          .rate = arguments.Number("rate", 0),
          .seconds = arguments.Number("seconds", 5),
          .count_max = static_cast<std::uint64_t>(arguments.Number("count", 0)),
          .warm_up = arguments.Number("warm-up", 0),
          .within_ms = arguments.Number("within-ms", 1e9)};
}

CallLoad CallsOf(const Arguments& arguments, const std::string& target) {
  return {.target = arguments.Text("target", target),
          .channels = arguments.Count("channels", 2),
          .run = arguments.Text("run", "run-" + e2e::RandomHex(8)),
          .keys = static_cast<std::uint64_t>(arguments.Number("keys", 0)),
          .users = static_cast<std::uint64_t>(arguments.Number("users", 0)),
          .check = arguments.Number("check", 1) != 0,
          .retry = arguments.Number("retry", 0) != 0,
          .acknowledged = arguments.Text("acknowledged", ""),
          .timeline = arguments.Number("timeline", 0) != 0};
}

HookLoad HooksOf(const Arguments& arguments, const std::string& ingress) {
  const std::string address = ingress.substr(ingress.find("//") + 2);
  const auto colon = address.find(':');
  return {.host = address.substr(0, colon),
          .port = address.substr(colon + 1),
          .payments = arguments.Text("payments"),
          .connections = arguments.Count("connections", 64),
          .run = arguments.Text("run", "run" + e2e::RandomHex(8)),
          .sent = arguments.Text("sent", ""),
          .timeline = arguments.Number("timeline", 0) != 0};
}

Json Run(const std::string& verb, const Arguments& arguments) {
  if (verb == "produce")
    return Produce(arguments.Text("brokers"), arguments.Text("topic"), arguments.Count("count", 100'000), arguments.Count("bytes", 300));
  if (verb == "offsets") return CountMessages(arguments.Text("brokers"), arguments.Text("topic"));
  if (verb == "users") {
    WriteUserEvents(arguments.Text("file"), arguments.Text("tenant"), arguments.Count("count", 100'000));
    return Json::object();
  }
  e2e::Stack stack(arguments.Text("endpoints"));
  const int tenants = arguments.Count("tenants", 1);
  if (verb == "prepare") {
    Prepare(stack, arguments.Text("fleet"), tenants);
    return Json::object();
  }
  const std::vector<Tenant> fleet = ReadFleet(stack, arguments.Text("fleet"), tenants);
  if (verb == "create") return CreateIntents(fleet, CallsOf(arguments, stack.at("billing")), OfferOf(arguments));
  if (verb == "list") return ListSubscriptions(fleet, CallsOf(arguments, stack.at("subscriptions")), OfferOf(arguments));
  if (verb == "user") return GetUsers(fleet, CallsOf(arguments, stack.at("auth")), OfferOf(arguments));
  if (verb == "people") {
    MakePeople(stack, fleet.front(), arguments.Count("people", 1000));
    return Json::object();
  }
  if (verb == "login")
    return LogIn(fleet.front(), CallsOf(arguments, stack.at("auth")), OfferOf(arguments), arguments.Count("people", 1000));
  if (verb == "refresh")
    return RotateTokens(fleet.front(), CallsOf(arguments, stack.at("auth")), OfferOf(arguments), arguments.Text("sessions"));
  if (verb == "hooks") return SendWebhooks(fleet, HooksOf(arguments, stack.at("ingress")), OfferOf(arguments));
  throw std::invalid_argument("no such verb: " + verb);
}

}  // namespace
}  // namespace quittance::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << quittance::bench::kHelp;
    return 64;
  }
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the services do
  try {
    std::cout << quittance::bench::Run(argv[1], quittance::bench::Arguments(argc, argv)).dump() << std::endl;
  } catch (const std::exception& fault) {
    std::cerr << "quittance-load " << argv[1] << ": " << fault.what() << "\n";
    return 1;
  }
  std::quick_exit(0);  // calls that never ended may still hold what they use
}
