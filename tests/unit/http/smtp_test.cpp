// The sender against scripted mail servers: taken, refused for good, try again.
#include "common/http/smtp.h"

#include "tests/unit/http/server_fixture.h"

namespace quittance::http {
namespace {

struct Script {
  std::string rcpt = "250 ok";
  std::string after_data = "250 2.0.0 queued as 42";
  std::string auth = "235 2.7.0 accepted";
};

class SmtpTest : public ::testing::Test {
 protected:
  static Mail Hello() {
    return {.from = "a@calmness.example",
            .to = "b@client.example",
            .subject = "S",
            .text = ".dot\ntext",
            .html = "<p>h</p>",
            .message_id = "1@calmness.example"};
  }

  SmtpOutcome Send(Script script, Mail mail, const std::string& user = "", const std::string& greeting = "220 mail.example ESMTP") {
    RawServer peer(1, [&](RawSocket& socket) {
      socket.Send(greeting + "\r\n");
      while (true) {
        const std::string line = socket.Receive("\r\n");
        if (line.empty()) return;
        seen += line;
        if (line.starts_with("EHLO"))
          socket.Send("250-mail.example\r\n250 AUTH PLAIN\r\n");
        else if (line.starts_with("AUTH"))
          socket.Send(script.auth + "\r\n");
        else if (line.starts_with("MAIL"))
          socket.Send("250 ok\r\n");
        else if (line.starts_with("RCPT"))
          socket.Send(script.rcpt + "\r\n");
        else if (line.starts_with("DATA")) {
          socket.Send("354 go ahead\r\n");
          seen += socket.Receive("\r\n.\r\n");
          if (script.after_data.empty()) return;
          socket.Send(script.after_data + "\r\n");
        } else {
          socket.Send("221 bye\r\n");
          return;
        }
      }
    });
    const SmtpServer server{.url = "smtp://127.0.0.1:" + std::to_string(peer.port()), .user = user, .password = Secret("p")};
    const SmtpOutcome outcome = async::RunSync(executor, sender->Send(server, std::move(mail)));
    sender.reset();  // closes its connection, so that the script ends
    return outcome;
  }

  async::Executor executor{1};
  metrics::Registry metrics;
  std::unique_ptr<SmtpSender> sender = std::make_unique<SmtpSender>(metrics);
  std::string seen;
};

TEST_F(SmtpTest, AMailIsTakenWithItsBytesUnharmed) {
  const SmtpOutcome outcome = Send({}, Hello());
  EXPECT_EQ(outcome.kind, SmtpOutcome::Kind::kTaken);
  EXPECT_EQ(outcome.answer, "250 2.0.0 queued as 42");
  EXPECT_TRUE(Carries(seen, "MAIL FROM:<a@calmness.example>"));
  EXPECT_TRUE(Carries(seen, "RCPT TO:<b@client.example>"));
  EXPECT_TRUE(Carries(seen, "\r\n..dot\r\n"));
}

TEST_F(SmtpTest, ARefusedRecipientIsFinalAndItsAddressIsNotKept) {
  const SmtpOutcome outcome = Send({.rcpt = "550 5.1.1 <b@client.example> unknown here"}, Hello());
  EXPECT_EQ(outcome.kind, SmtpOutcome::Kind::kRefused);
  EXPECT_EQ(outcome.answer, "550 5.1.1 (address) unknown here");
}

TEST_F(SmtpTest, RefusedContentIsFinal) { EXPECT_EQ(Send({.after_data = "554 5.7.1 spam"}, Hello()).kind, SmtpOutcome::Kind::kRefused); }

TEST_F(SmtpTest, GreylistingIsTriedAgain) { EXPECT_EQ(Send({.rcpt = "451 4.7.1 later"}, Hello()).kind, SmtpOutcome::Kind::kTryAgain); }

TEST_F(SmtpTest, ALostAnswerIsTriedAgain) { EXPECT_EQ(Send({.after_data = ""}, Hello()).kind, SmtpOutcome::Kind::kTryAgain); }

TEST_F(SmtpTest, AWrongPasswordIsOursToMendNotTheMailsEnd) {
  EXPECT_EQ(Send({.auth = "535 5.7.8 bad credentials"}, Hello(), "user").kind, SmtpOutcome::Kind::kTryAgain);
}

TEST_F(SmtpTest, AServerThatIsAwayIsTriedAgain) {
  int port = 0;
  {
    port = RawServer(0, [](RawSocket&) {}).port();
  }
  const SmtpOutcome outcome = async::RunSync(executor, sender->Send({.url = "smtp://127.0.0.1:" + std::to_string(port)}, Hello()));
  EXPECT_EQ(outcome.kind, SmtpOutcome::Kind::kTryAgain);
}

TEST_F(SmtpTest, AMailThatIsNotCleanIsRefusedUnsent) {
  Mail mail = Hello();
  mail.subject = "a\r\nBcc: c@client.example";
  EXPECT_EQ(async::RunSync(executor, sender->Send({.url = "smtp://127.0.0.1:1"}, mail)).kind, SmtpOutcome::Kind::kRefused);
}

}  // namespace
}  // namespace quittance::http
