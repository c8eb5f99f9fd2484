// The body of control.h; the invariant it keeps stands there.
#include "tests/sandbox/control.h"

#include <algorithm>
#include <charconv>

namespace quittance::sandbox {
namespace {

constexpr std::int64_t kDuplicatesMax = 100;
constexpr std::int64_t kDelayMsMax = 600'000;

using Answer = http::ServerResponse;

Json HeadersObject(const std::vector<http::Header>& headers) {
  Json object = Json::object();
  for (const http::Header& header : headers) object[header.name] = header.value;
  return object;
}

bool SameAddress(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

std::string QueryValue(const http::ServerRequest& request, const std::string& name) {
  for (const auto& [key, value] : http::FormDecode(request.query).value_or(http::FormFields{})) {
    if (key == name) return value;
  }
  return "";
}

std::optional<TimePoint> SinceIn(const http::ServerRequest& request) {
  const std::string text = QueryValue(request, "since");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && (error != std::errc() || end != text.data() + text.size())) return std::nullopt;
  return FromUnixSeconds(seconds);
}

std::optional<std::int64_t> IntegerIn(const Json& command, const char* key, std::int64_t fallback, std::int64_t min, std::int64_t max) {
  const auto found = command.find(key);
  if (found == command.end()) return fallback;
  if (!found->is_number_integer()) return std::nullopt;
  const auto value = found->get<std::int64_t>();
  return value < min || value > max ? std::nullopt : std::optional(value);
}

}  // namespace

std::vector<http::Route> Control::Routes() {
  return {Bind("/control/account", &Control::PutAccount),
          Bind("/control/pay", &Control::Pay),
          Bind("/control/refund", &Control::Refund),
          Bind("/control/dispute", &Control::Dispute),
          Bind("/control/deliver", &Control::Deliver),
          Bind("/control/fault", &Control::AddFault),
          Bind("/control/telegram", &Control::PlayTelegram),
          Bind("/control/mail", "to", &Control::Mails),
          Bind("/control/sms", "to", &Control::Sms),
          Bind("/control/telegram/members", "chat", &Control::Members),
          Bind("/control/calls", "target", &Control::Calls),
          Bind("/control/charges", "psp", &Control::Charges),
          Bind("/control/deliveries", "psp", &Control::Results)};
}

http::Route Control::Bind(std::string path, Command command) {
  return {"POST", std::move(path), kBodyMax, [this, command](const http::ServerRequest& request) -> Task<Answer> {
            const auto body = ParseObject(request.body);
            if (!body) co_return Refuse(400, "the body must be a JSON object");
            co_return (this->*command)(*body);
          }};
}

http::Route Control::Bind(std::string path, std::string filter, Listing listing) {
  return {"GET", std::move(path), 0, [this, filter, listing](const http::ServerRequest& request) -> Task<Answer> {
            const auto since = SinceIn(request);
            if (!since) co_return Refuse(400, "since must be Unix seconds");
            co_return JsonAnswer(200, {{"items", (this->*listing)({QueryValue(request, filter), *since})}});
          }};
}

Answer Control::PutAccount(const Json& command) {
  Account account{TextAt(command, "psp"),        TextAt(command, "api_key"),  TextAt(command, "webhook_url"), {},
                  TextAt(command, "basic_auth"), TextAt(command, "signature")};
  if (!psps_.contains(account.psp)) return Refuse(400, "psp must be one of" + Names());
  if (account.api_key.empty()) return Refuse(400, "api_key is required");
  if (const auto secrets = command.find("secrets"); secrets != command.end() && secrets->is_array()) {
    for (const Json& secret : *secrets) {
      if (!secret.is_string()) return Refuse(400, "secrets must be texts");
      account.secrets.push_back(secret.get<std::string>());
    }
  }
  if (Account* existing = state_.FindAccount(account.psp, account.api_key)) {
    *existing = std::move(account);
  } else {
    state_.accounts.push_back(std::move(account));
  }
  return JsonAnswer(200, Json::object());
}

std::string Control::Names() const {
  std::string names;
  for (const auto& [name, psp] : psps_) names += " " + name;
  return names;
}

Answer Control::AtPsp(const Json& command, Answer (PspNetwork::*play)(const Json&)) {
  const auto psp = psps_.find(TextAt(command, "psp"));
  if (psp == psps_.end()) return Refuse(400, "psp must be one of" + Names());
  return (psp->second->*play)(command);
}

Answer Control::Pay(const Json& command) { return AtPsp(command, &PspNetwork::Pay); }
Answer Control::Refund(const Json& command) { return AtPsp(command, &PspNetwork::Refund); }
Answer Control::Dispute(const Json& command) { return AtPsp(command, &PspNetwork::Dispute); }

Answer Control::Deliver(const Json& command) {
  const auto duplicates = IntegerIn(command, "duplicates", 1, 1, kDuplicatesMax);
  const auto delay = IntegerIn(command, "delay_ms", 0, 0, kDelayMsMax);
  if (!duplicates || !delay) return Refuse(400, "duplicates must be 1 to 100, delay_ms 0 to 600000");
  for (const char* flag : {"shuffle", "hold"}) {
    if (command.contains(flag) && !command.at(flag).is_boolean()) return Refuse(400, std::string(flag) + " must be true or false");
  }
  deliveries_.SetManner({.duplicates = static_cast<int>(*duplicates),
                         .shuffle = command.value("shuffle", false),
                         .delay = std::chrono::milliseconds(*delay),
                         .hold = command.value("hold", false)});
  return JsonAnswer(200, Json::object());
}

Answer Control::AddFault(const Json& command) {
  const std::string target = TextAt(command, "target");
  if (!psps_.contains(target) && target != "telegram" && target != "smtp" && target != "twilio")
    return Refuse(400, "target must be telegram, twilio, smtp or one of" + Names());
  auto fault = Faults::Parse(command);
  if (!fault)
    return Refuse(400,
                  "kind must be timeout, reset, slow, lost_answer, stored_500, made_500 or a status; count, delay_ms and retry_after "
                  "positive integers");
  state_.faults.Add(target, std::move(*fault));
  return JsonAnswer(200, Json::object());
}

Answer Control::PlayTelegram(const Json& command) { return telegram_.Control(command); }

Json Control::Mails(const Wanted& wanted) {
  Json items = Json::array();
  for (const Mail& mail : state_.mails) {
    if (!wanted.filter.empty() && !SameAddress(wanted.filter, mail.to)) continue;
    items.push_back({{"to", mail.to},
                     {"from", mail.from},
                     {"subject", mail.subject},
                     {"text", mail.text},
                     {"html", mail.html},
                     {"message_id", mail.message_id},
                     {"headers", HeadersObject(mail.headers)},
                     {"at", FormatRfc3339(mail.at)}});
  }
  return items;
}

Json Control::Sms(const Wanted& wanted) { return twilio_.Messages(wanted.filter); }

Json Control::Members(const Wanted& wanted) { return telegram_.Members(wanted.filter); }

Json Control::Calls(const Wanted& wanted) {
  Json items = Json::array();
  for (const auto& call : state_.calls) {
    if (call->at < wanted.since || (!wanted.filter.empty() && call->target != wanted.filter)) continue;
    items.push_back({{"at", FormatRfc3339(call->at)},
                     {"target", call->target},
                     {"method", call->method},
                     {"path", call->path},
                     {"headers", HeadersObject(call->headers)},
                     {"body", call->body},
                     {"status", call->status}});
  }
  return items;
}

Json Control::Charges(const Wanted& wanted) {
  Json items = Json::array();
  for (const Charge& charge : state_.charges) {
    if (charge.at < wanted.since || (!wanted.filter.empty() && charge.psp != wanted.filter)) continue;
    items.push_back({{"psp", charge.psp},
                     {"reference", charge.reference},
                     {"id", charge.id},
                     {"payment_id", charge.payment_id},
                     {"kind", charge.kind},
                     {"amount_minor", charge.amount_minor},
                     {"currency", charge.currency},
                     {"at", FormatRfc3339(charge.at)}});
  }
  return items;
}

Json Control::Results(const Wanted& wanted) {
  Json items = Json::array();
  for (const Json& result : deliveries_.Results()) {
    if (wanted.filter.empty() || TextAt(result, "psp") == wanted.filter) items.push_back(result);
  }
  return items;
}

}  // namespace quittance::sandbox
