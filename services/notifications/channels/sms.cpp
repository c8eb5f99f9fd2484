// POST /2010-04-01/Accounts/{AccountSid}/Messages.json with basic authentication. Twilio has no idempotency key: an answer that was lost is
// asked for again, and a person may get one code twice, which is harmless.
#include "services/notifications/channels/sms.h"

#include <nlohmann/json.hpp>

#include "common/crypto/hmac.h"
#include "common/log/log.h"
#include "common/metrics/registry.h"

namespace quittance::notifications {
namespace {

using nlohmann::json;

// Twilio's own number for what is wrong; its text may repeat the phone.
std::string ErrorCode(const std::string& body) {
  const json answer = json::parse(body, nullptr, false);
  const auto code = answer.is_object() ? answer.find("code") : answer.end();
  return answer.is_object() && code != answer.end() && code->is_number_integer() ? " error " + std::to_string(code->get<std::int64_t>())
                                                                                 : "";
}

}  // namespace

Outcome OutcomeOfSms(int status, const std::string& body) {
  const std::string answer = std::to_string(status) + ErrorCode(body);
  if (status == 201 || status == 200) return {Verdict::kTaken, answer};
  if (status == 401 || status == 403)
    return {Verdict::kNotReady, "Twilio does not take twilio.account_sid and twilio.auth_token: " + answer};
  if (status == 400 || status == 404) return {Verdict::kRefused, answer};
  return {Verdict::kTryAgain, answer};
}

Task<Outcome> SmsChannel::Send(Message message) {
  if (message.sender.address.empty() || message.sender.user.empty()) {
    co_return Outcome{Verdict::kNotReady, "the settings twilio.account_sid and twilio.from are missing"};
  }
  http::Request request;
  request.target = "twilio";
  request.method = "POST";
  request.url = base_url_ + "/2010-04-01/Accounts/" + http::PercentEncode(message.sender.user) + "/Messages.json";
  const std::string who = message.sender.user + ":" + std::string(message.sender.password.Reveal());
  request.headers.push_back({"authorization", "Basic " + crypto::Base64(who)});
  request.headers.push_back({"content-type", "application/x-www-form-urlencoded"});
  const http::FormFields fields = {{"To", message.to}, {"From", message.sender.address}, {"Body", message.text}};
  request.body = http::FormEncode(fields);
  const http::Outcome answer = co_await http_.Send(std::move(request));
  Outcome outcome{Verdict::kTryAgain, "Twilio cannot be reached"};
  if (const auto* response = std::get_if<http::Response>(&answer)) outcome = OutcomeOfSms(response->status, response->body);
  log::Write(outcome.verdict == Verdict::kTaken ? log::Level::kInfo : log::Level::kWarn, "sms",
             {{"notification_id", message.id.ToString()},
              {"template", message.template_name},
              {"result", NameOf(outcome.verdict)},
              {"answer", outcome.answer}});
  metrics_
      .GetCounter("quittance_notifications_sent_total", "Messages given to a provider, by what it said.",
                  {{"template", message.template_name}, {"result", NameOf(outcome.verdict)}})
      .Add();
  co_return outcome;
}

}  // namespace quittance::notifications
