// One mail over SMTP (libcurl), multipart text and HTML. Invariant: the provider's answer decides: taken, refused for good, or try again.
#pragma once

#include <string>

#include "common/async/task.h"
#include "common/core/secret.h"
#include "common/core/time.h"
#include "common/http/client.h"

namespace quittance::http {

struct SmtpServer {
  std::string url;  // smtp://host:port or smtps://host:port
  std::string user;
  Secret password;
  bool require_tls = false;  // STARTTLS or nothing
};

struct Mail {
  std::string from_name;
  std::string from;
  std::string to;
  std::string subject;     // any UTF-8 (encoded as RFC 2047)
  std::string text;
  std::string html;
  std::string message_id;  // without angle brackets; the same on every try
  std::string language;    // Content-Language
  TimePoint date{};
  std::vector<Header> headers = {};
};

// The bytes of DATA: RFC 5322, multipart/alternative, quoted-printable. Line feeds in headers are refused (CHECK).
std::string RenderMail(const Mail& mail);

struct SmtpOutcome {
  enum class Kind { kTaken, kRefused, kTryAgain };  // 250; 5xx; 4xx and network
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
