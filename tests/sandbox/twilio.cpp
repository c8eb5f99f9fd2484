// The body of twilio.h.
#include "tests/sandbox/twilio.h"

#include "common/crypto/hmac.h"

namespace quittance::sandbox {
namespace {

constexpr std::size_t kSmsBodyMax = 16 * 1024;

http::ServerResponse Error(int status, int code, const std::string& message) {
  return JsonAnswer(status, {{"code", code}, {"message", message}, {"status", status}});
}

std::string FieldOf(const http::FormFields& fields, const std::string& name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return "";
}

bool IsPhone(const std::string& text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text.find_first_not_of("0123456789", 1) == std::string::npos;
}

}  // namespace

std::vector<http::Route> Twilio::Routes() {
  return {{"POST", "/twilio/2010-04-01/Accounts/{sid}/Messages.json", kSmsBodyMax,
           [this](const http::ServerRequest& request) -> Task<http::ServerResponse> {
             Steps steps{[] { return std::optional<http::ServerResponse>(); }, [this, &request](const Fault&) { return Take(request); },
                         [](const Fault& fault) { return Error(fault.status, 20429, "an error"); }};
             auto answer = co_await Play(state_, "twilio", request, std::move(steps));
             co_return answer;
           }}};
}

http::ServerResponse Twilio::Take(const http::ServerRequest& request) {
  const std::string& sid = request.path_parameters.at(0);
  const std::string_view given = request.HeaderValue("authorization");
  const auto who = given.starts_with("Basic ") ? crypto::UnBase64(given.substr(6)) : std::nullopt;
  if (!who || who->size() <= sid.size() + 1 || who->rfind(sid + ":", 0) != 0) return Error(401, 20003, "Authenticate");
  const auto fields = http::FormDecode(request.body).value_or(http::FormFields{});
  const Sms sms{FieldOf(fields, "To"), FieldOf(fields, "From"), FieldOf(fields, "Body"), state_.clock.Now()};
  if (!IsPhone(sms.to)) return Error(400, 21211, "The 'To' number " + sms.to + " is not a valid phone number.");
  if (sms.from.empty() || sms.text.empty()) return Error(400, 21602, "Message body is required.");
  Keep(messages_, sms);
  return JsonAnswer(201, {{"sid", NewReference("SM")}, {"status", "queued"}, {"to", sms.to}, {"from", sms.from}, {"error_code", nullptr}});
}

Json Twilio::Messages(const std::string& to) const {
  Json items = Json::array();
  for (const Sms& sms : messages_) {
    if (to.empty() || to == sms.to)
      items.push_back({{"to", sms.to}, {"from", sms.from}, {"text", sms.text}, {"at", FormatRfc3339(sms.at)}});
  }
  return items;
}

}  // namespace quittance::sandbox
