// One mail over SMTP (libcurl), multipart text and HTML. Invariant: the provider's answer decides: taken, refused for good, or try again.
#pragma once

#include <string>

#include "common/async/task.h"
#include "common/core/secret.h"
#include "common/core/time.h"
#include "common/http/client.h"

namespace quittance::http {

struct SmtpServer {
  std::string url = {};  // smtp://host:port or smtps://host:port
  std::string user = {};
  Secret password = {};
  bool require_tls = false;  // STARTTLS or nothing
};

struct Mail {
  std::string from_name = {};
  std::string from = {};
  std::string to = {};
  std::string subject = {};  // any UTF-8 (encoded as RFC 2047)
  std::string text = {};
  std::string html = {};
  std::string message_id = {};  // without angle brackets; the same on every try
  std::string language = {};    // Content-Language
  TimePoint date{};
  std::vector<Header> headers = {};
};

// Whether addresses are single addresses and no header field holds a line break; what is not clean is never sent.
bool MailIsClean(const Mail& mail);

// The bytes of DATA: RFC 5322, multipart/alternative, quoted-printable. CHECKs MailIsClean.
std::string RenderMail(const Mail& mail);

struct SmtpOutcome {
  // 250; 5xx to this sender, recipient or content, and a mail that is not clean; 4xx, network, and what is our configuration's fault
  // (login, TLS): that is mended without losing the mail.
  enum class Kind { kTaken, kRefused, kTryAgain };
  Kind kind;
  std::string answer;  // the provider's text, without addresses
};

class SmtpSender {
 public:
  explicit SmtpSender(metrics::Registry& metrics);
  ~SmtpSender();
  Task<SmtpOutcome> Send(SmtpServer server, Mail mail);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::http
