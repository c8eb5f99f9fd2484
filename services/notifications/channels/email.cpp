// The provider's answer is the verdict; each try leaves a log line without address and content.
#include "services/notifications/channels/email.h"

#include "common/log/log.h"
#include "common/metrics/registry.h"

namespace quittance::notifications {
namespace {

Verdict VerdictOf(http::SmtpOutcome::Kind kind) {
  switch (kind) {
    case http::SmtpOutcome::Kind::kTaken:
      return Verdict::kTaken;
    case http::SmtpOutcome::Kind::kRefused:
      return Verdict::kRefused;
    case http::SmtpOutcome::Kind::kTryAgain:
      return Verdict::kTryAgain;
  }
  return Verdict::kTryAgain;
}

}  // namespace

http::Mail MailOf(const Message& message) {
  http::Mail mail;
  mail.from_name = message.sender.name;
  mail.from = message.sender.address;
  mail.to = message.to;
  mail.subject = message.subject;
  mail.text = message.text;
  mail.html = message.html;
  mail.message_id = message.id.ToString() + "@" + DomainOf(message.sender.address);
  mail.language = message.locale;
  mail.date = message.date;
  // Out-of-office robots leave it alone.
  mail.headers = {{"Auto-Submitted", "auto-generated"}};
  return mail;
}

EmailChannel::EmailChannel(std::string smtp_url, bool require_tls, metrics::Registry& metrics)
    : url_(std::move(smtp_url)), require_tls_(require_tls), metrics_(metrics), sender_(metrics) {}

Task<Outcome> EmailChannel::Send(Message message) {
  if (message.sender.address.empty()) co_return Outcome{Verdict::kNotReady, "the setting smtp.from is missing"};
  http::SmtpServer server;
  server.url = url_;
  server.user = message.sender.user;
  server.password = message.sender.password;
  server.require_tls = require_tls_;
  http::Mail mail = MailOf(message);
  http::SmtpOutcome outcome = co_await sender_.Send(std::move(server), std::move(mail));
  const Verdict verdict = VerdictOf(outcome.kind);
  log::Write(verdict == Verdict::kTaken ? log::Level::kInfo : log::Level::kWarn, "mail",
             {{"notification_id", message.id.ToString()},
              {"template", message.template_name},
              {"result", NameOf(verdict)},
              {"answer", outcome.answer}});
  metrics_
      .GetCounter("quittance_notifications_sent_total", "Messages given to a provider, by what it said.",
                  {{"template", message.template_name}, {"result", NameOf(verdict)}})
      .Add();
  co_return Outcome{verdict, std::move(outcome.answer)};
}

}  // namespace quittance::notifications
