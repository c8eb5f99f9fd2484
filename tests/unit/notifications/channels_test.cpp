// What goes to the provider, and what the log may say instead.
#include <gtest/gtest.h>

#include "common/async/executor.h"
#include "common/metrics/registry.h"
#include "services/notifications/channels/email.h"
#include "services/notifications/channels/log_only.h"
#include "services/notifications/channels/sms.h"

namespace quittance::notifications {
namespace {

Message AMessage() {
  Message m;
  m.tenant = TenantId{Uuid{{1}}};
  m.id = NotificationId{Uuid{{7}}};
  m.template_name = "subscription_activated";
  m.locale = "fr";
  m.sender = {"bonjour@shop.example", "Signaux", "", Secret()};
  m.to = "canary.person@client.example";
  m.subject = "Votre abonnement est actif";
  m.text = "canary text";
  m.html = "<p>canary html</p>";
  return m;
}

TEST(EmailChannel, MessageIdIsTheNotificationAtTheSendersDomain) {
  const http::Mail mail = MailOf(AMessage());
  EXPECT_EQ(mail.message_id, "ntf_07000000000000000000000000000000@shop.example");
  EXPECT_EQ(mail.message_id, MailOf(AMessage()).message_id);
  EXPECT_EQ(mail.language, "fr");
  EXPECT_TRUE(http::MailIsClean(mail));
}

TEST(EmailChannel, WithoutASenderItIsNotReady) {
  async::Executor executor(1);
  metrics::Registry metrics;
  EmailChannel channel("smtp://127.0.0.1:1", false, metrics);
  Message message = AMessage();
  message.sender.address.clear();
  const Outcome outcome = async::RunSync(executor, channel.Send(message));
  EXPECT_EQ(outcome.verdict, Verdict::kNotReady);
}

TEST(EmailChannel, AProviderThatIsDownIsTriedAgain) {
  async::Executor executor(1);
  metrics::Registry metrics;
  EmailChannel channel("smtp://127.0.0.1:1", false, metrics);
  const Outcome outcome = async::RunSync(executor, channel.Send(AMessage()));
  EXPECT_EQ(outcome.verdict, Verdict::kTryAgain);
  EXPECT_EQ(outcome.answer.find("canary.person"), std::string::npos);
}

TEST(SmsChannel, TheAnswerIsTheVerdictAndHoldsNoPhone) {
  EXPECT_EQ(OutcomeOfSms(201, "{\"sid\":\"SM1\"}").verdict, Verdict::kTaken);
  const std::string refused = "{\"code\":21211,\"message\":\"The 'To' number +33canary is not a valid phone number.\",\"status\":400}";
  EXPECT_EQ(OutcomeOfSms(400, refused).verdict, Verdict::kRefused);
  EXPECT_EQ(OutcomeOfSms(400, refused).answer, "400 error 21211");
  EXPECT_EQ(OutcomeOfSms(401, "{\"code\":20003}").verdict, Verdict::kNotReady);
  for (const int status : {408, 429, 500, 503}) EXPECT_EQ(OutcomeOfSms(status, "<html>").verdict, Verdict::kTryAgain) << status;
}

TEST(LogOnlyChannel, C14_TheLogHoldsTemplateAndHashOnly) {
  async::Executor executor(1);
  std::map<std::uint32_t, Secret> keys;
  keys.emplace(1, Secret(std::string(32, 'k')));
  LogOnlyChannel channel(std::make_shared<const crypto::Keyring>(std::move(keys)));
  testing::internal::CaptureStdout();
  const Outcome outcome = async::RunSync(executor, channel.Send(AMessage()));
  const std::string line = testing::internal::GetCapturedStdout();
  EXPECT_EQ(outcome.verdict, Verdict::kLogged);
  EXPECT_NE(line.find("subscription_activated"), std::string::npos);
  EXPECT_NE(line.find(channel.RecipientHash(TenantId{Uuid{{1}}}, "canary.person@client.example")), std::string::npos);
  EXPECT_EQ(line.find("canary"), std::string::npos);
  EXPECT_NE(channel.RecipientHash(TenantId{Uuid{{1}}}, "a@x.example"), channel.RecipientHash(TenantId{Uuid{{2}}}, "a@x.example"));
}

}  // namespace
}  // namespace quittance::notifications
