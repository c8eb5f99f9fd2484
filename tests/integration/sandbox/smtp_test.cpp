// Mail through our own sender into the sandbox and back out of its mailbox.
#include "common/http/smtp.h"

#include "tests/integration/sandbox/sandbox_fixture.h"

namespace quittance::sandbox {
namespace {

class MailTest : public SandboxTest {
 protected:
  http::SmtpOutcome Send(const std::string& user = "") {
    http::Mail mail{.from_name = "Signaux",
                    .from = "bonjour@calmness.example",
                    .to = "claire@client.example",
                    .subject = "Votre accès est ouvert, à bientôt et merci pour votre confiance, chère Élodie",
                    .text = "Bonjour Élodie,\n.une ligne\n" + std::string(200, 'x') + "\nfin ",
                    .html = "<p>Bonjour <b>Élodie</b> = 1</p>",
                    .message_id = "ntf_1@calmness.example",
                    .language = "fr",
                    .date = clock_.Now()};
    const http::SmtpServer server{
        .url = "smtp://127.0.0.1:" + std::to_string(sandbox_.smtp_port()), .user = user, .password = Secret("any")};
    return async::RunSync(executor_, sender_.Send(server, std::move(mail)));
  }
  void Fault(const std::string& kind) { Control("fault", {{"target", "smtp"}, {"kind", kind}, {"count", 1}}); }

  http::SmtpSender sender_{metrics_};
};

TEST_F(MailTest, AMailArrivesAsItWasMeant) {
  EXPECT_EQ(Send("user").kind, http::SmtpOutcome::Kind::kTaken);
  EXPECT_EQ(Send().kind, http::SmtpOutcome::Kind::kTaken);
  const Json items = Items("mail?to=CLAIRE@client.example");
  ASSERT_EQ(items.size(), 2U);
  const Json& mail = items.at(0);
  EXPECT_EQ(mail.at("to"), "claire@client.example");
  EXPECT_EQ(mail.at("from"), "bonjour@calmness.example");
  EXPECT_EQ(mail.at("subject"), "Votre accès est ouvert, à bientôt et merci pour votre confiance, chère Élodie");
  EXPECT_EQ(mail.at("text"), "Bonjour Élodie,\n.une ligne\n" + std::string(200, 'x') + "\nfin ");
  EXPECT_EQ(mail.at("html"), "<p>Bonjour <b>Élodie</b> = 1</p>");
  EXPECT_EQ(mail.at("message_id"), "ntf_1@calmness.example");
  EXPECT_EQ(mail.at("headers").at("From"), "Signaux <bonjour@calmness.example>");
  EXPECT_EQ(mail.at("headers").at("Content-Language"), "fr");
  EXPECT_EQ(mail.at("at"), "2023-11-14T22:13:20.000000Z");
  EXPECT_EQ(Items("mail?to=other@client.example").size(), 0U);
  EXPECT_EQ(Items("sms").size(), 0U);
}

TEST_F(MailTest, FaultsAreTheServersOwn) {
  Fault("500");
  EXPECT_EQ(Send().kind, http::SmtpOutcome::Kind::kRefused);
  Fault("429");
  EXPECT_EQ(Send().kind, http::SmtpOutcome::Kind::kTryAgain);
  Fault("reset");
  EXPECT_EQ(Send().kind, http::SmtpOutcome::Kind::kTryAgain);
  EXPECT_EQ(Items("mail").size(), 0U);
  Fault("lost_answer");
  EXPECT_EQ(Send().kind, http::SmtpOutcome::Kind::kTryAgain);
  EXPECT_EQ(Items("mail").size(), 1U);
  EXPECT_EQ(Send().kind, http::SmtpOutcome::Kind::kTaken);
}

}  // namespace
}  // namespace quittance::sandbox
