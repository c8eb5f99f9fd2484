// An SMTP server that takes every mail and keeps it: EHLO, AUTH PLAIN and LOGIN (any credentials), MAIL, RCPT, DATA.
// Invariant: a mail is kept before it is acknowledged, one row for each recipient; lines and mails are bounded.
#pragma once

#include <memory>

#include "common/async/executor.h"
#include "tests/sandbox/state.h"

namespace quittance::sandbox {

class SmtpServer {
 public:
  SmtpServer(State& state, async::Executor& executor);
  ~SmtpServer();
  void Listen(const std::string& address);  // host:port
  int port() const;
  void Stop();  // ends the acceptor and all sessions

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace quittance::sandbox
