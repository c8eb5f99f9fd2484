// The body of state.h; the invariant it keeps stands there.
#include "tests/sandbox/state.h"

#include "common/async/executor.h"
#include "common/crypto/random.h"

namespace quittance::sandbox {

Account* State::FindAccount(std::string_view psp, std::string_view api_key) {
  for (Account& account : accounts) {
    if (account.psp == psp && account.api_key == api_key) return &account;
  }
  return nullptr;
}

std::shared_ptr<Call> State::Record(std::string target, const http::ServerRequest& request) {
  auto call = std::make_shared<Call>();
  call->at = clock.Now();
  call->target = std::move(target);
  call->method = request.method;
  call->path = request.query.empty() ? request.path : request.path + '?' + request.query;
  call->headers = request.headers;
  call->body = request.body;
  Keep(calls, call);
  return call;
}

Task<void> State::Pause(std::chrono::milliseconds duration) {
  constexpr std::chrono::milliseconds kSlice{50};
  while (duration.count() > 0 && !stopping) {
    const auto slice = std::min(duration, kSlice);
    co_await async::Sleep(slice);
    duration -= slice;
  }
}

std::string NewReference(std::string_view prefix) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string reference(prefix);
  for (const char c : crypto::RandomBytes(24)) reference += kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  return reference;
}

http::ServerResponse JsonAnswer(int status, const Json& body) {
  return {.status = status, .content_type = "application/json", .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

http::ServerResponse Refuse(int status, const std::string& why) { return JsonAnswer(status, {{"error", why}}); }

std::optional<std::int64_t> AmountOf(const Json& command, std::int64_t fallback) {
  const auto found = command.find("amount_minor");
  if (found == command.end()) return fallback;
  if (!found->is_number_integer() || found->get<std::int64_t>() <= 0) return std::nullopt;
  return found->get<std::int64_t>();
}

std::optional<Json> ParseObject(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::string TextAt(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace quittance::sandbox
