// The body of smtp.h; the invariant it keeps stands there.
#include "common/http/smtp.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>

#include "common/async/executor.h"
#include "common/core/check.h"
#include "common/http/curl_loop.h"

namespace quittance::http {
namespace {

constexpr long kConnectTimeoutMs = 5'000;
constexpr long kTimeoutMs = 30'000;
constexpr std::size_t kAnswerMax = 200;

using Complete = std::function<void(async::Outcome<SmtpOutcome>)>;

struct Delivery {
  Delivery() = default;
  ~Delivery() {
    curl_slist_free_all(recipients);
    curl_easy_cleanup(easy);
  }
  Delivery(const Delivery&) = delete;

  CURL* easy = curl_easy_init();
  curl_slist* recipients = nullptr;
  std::string bytes;
  std::size_t sent = 0;
  std::string last_line;  // of the server
};

std::size_t OnRead(char* to, std::size_t size, std::size_t count, void* user) {
  auto& delivery = *static_cast<Delivery*>(user);
  const std::size_t taken = std::min(size * count, delivery.bytes.size() - delivery.sent);
  std::memcpy(to, delivery.bytes.data() + delivery.sent, taken);
  delivery.sent += taken;
  return taken;
}

std::size_t OnServerLine(char* data, std::size_t, std::size_t count, void* user) {
  const std::string_view line(data, std::min(count, kAnswerMax));
  if (!line.starts_with("221")) static_cast<Delivery*>(user)->last_line = line;  // the goodbye after a refusal says nothing
  return count;
}

// Servers repeat the address that they refuse; a word with an @ is not kept.
std::string WithoutAddresses(const std::string& line) {
  std::string kept;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t end = std::min(line.find(' ', i), line.size());
    const std::string word = line.substr(i, end - i);
    if (!kept.empty()) kept += ' ';
    kept += word.find('@') == std::string::npos ? word : "(address)";
    i = end + 1;
  }
  while (!kept.empty() && static_cast<unsigned char>(kept.back()) <= 0x20) kept.pop_back();
  return kept;
}

void Configure(Delivery& delivery, const SmtpServer& server, const Mail& mail) {
  CURL* easy = delivery.easy;
  delivery.recipients = curl_slist_append(nullptr, mail.to.c_str());
  delivery.bytes = RenderMail(mail);
  curl_easy_setopt(easy, CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(server.require_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, kTimeoutMs);
  if (!server.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, std::string(server.password.Reveal()).c_str());
  }
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail.from.c_str());
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, delivery.recipients);
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &OnRead);
  curl_easy_setopt(easy, CURLOPT_READDATA, &delivery);
  curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(delivery.bytes.size()));
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &OnServerLine);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &delivery);
}

bool IsOurConfiguration(long reply, CURLcode code) {
  const bool login = reply == 530 || reply == 534 || reply == 535 || reply == 538;
  return login || code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED;
}

SmtpOutcome OutcomeOf(CURLcode code, const Delivery& delivery) {
  long reply = 0;
  curl_easy_getinfo(delivery.easy, CURLINFO_RESPONSE_CODE, &reply);
  if (code == CURLE_OK) return {SmtpOutcome::Kind::kTaken, WithoutAddresses(delivery.last_line)};
  const bool answered = reply >= 400 && reply < 600 && code != CURLE_OPERATION_TIMEDOUT;
  const std::string answer = answered ? WithoutAddresses(delivery.last_line) : curl_easy_strerror(code);
  const bool refused = answered && reply >= 500 && !IsOurConfiguration(reply, code);
  return {refused ? SmtpOutcome::Kind::kRefused : SmtpOutcome::Kind::kTryAgain, answer};
}

std::string LabelOf(SmtpOutcome::Kind kind) {
  return kind == SmtpOutcome::Kind::kTaken ? "taken" : kind == SmtpOutcome::Kind::kRefused ? "refused" : "try_again";
}

void Start(CurlLoop& loop, const SmtpServer& server, const Mail& mail, const Complete& complete) {
  auto delivery = std::make_shared<Delivery>();
  CHECK(delivery->easy != nullptr);
  Configure(*delivery, server, mail);
  const bool taken = loop.Submit(delivery->easy, [delivery, complete](CURLcode code) { complete({{}, OutcomeOf(code, *delivery)}); });
  if (!taken) complete({{}, SmtpOutcome{SmtpOutcome::Kind::kTryAgain, "too many mails wait"}});
}

}  // namespace

struct SmtpSender::Impl {
  explicit Impl(metrics::Registry& m) : metrics(m) {}
  metrics::Registry& metrics;
  CurlLoop loop;
};

SmtpSender::SmtpSender(metrics::Registry& metrics) : impl_(std::make_unique<Impl>(metrics)) {}
SmtpSender::~SmtpSender() = default;

Task<SmtpOutcome> SmtpSender::Send(SmtpServer server, Mail mail) {
  const auto started = std::chrono::steady_clock::now();
  SmtpOutcome outcome{SmtpOutcome::Kind::kRefused, "an address or a header is not well formed"};
  if (MailIsClean(mail)) {
    std::function<void(Complete)> start = [&](Complete complete) { Start(impl_->loop, server, mail, complete); };
    outcome = co_await async::Suspend<SmtpOutcome>(start);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  impl_->metrics
      .GetHistogram("quittance_http_client_seconds", "Outgoing HTTP calls.", {{"target", "smtp"}, {"outcome", LabelOf(outcome.kind)}})
      .Observe(took.count());
  co_return outcome;
}

}  // namespace quittance::http
