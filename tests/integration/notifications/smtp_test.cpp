// Through our own sender over SMTP into the sandbox's mailbox.
#include <nlohmann/json.hpp>

#include "common/http/client.h"
#include "services/notifications/channels/email.h"
#include "tests/integration/notifications/fixture.h"
#include "tests/sandbox/sandbox.h"

namespace quittance::notifications {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class SmtpTest : public NotificationsTest {
 protected:
  SmtpTest() {
    sandbox_.Start("127.0.0.1:0", "127.0.0.1:0");
    email_ = std::make_unique<EmailChannel>("smtp://127.0.0.1:" + std::to_string(sandbox_.smtp_port()), false, metrics);
    deps.reset(new Deps{*app, *system, clock, ids, executor, *settings, token_keyring, *email_, auth.Book(),
                        [](TenantId) { return "Signaux"; }, nullptr});
  }
  void SetUp() override {
    Set("smtp.from", "bonjour@shop.example");
    Set("smtp.from_name", "Signaux d'été");
    Set("company.email", "aide@shop.example");
    Set("links.base_url", "https://shop.example");
  }
  json Call(const std::string& method, const std::string& path, const json& body = nullptr) {
    http::Request request;
    request.target = "sandbox";
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(sandbox_.http_port()) + path;
    if (!body.is_null()) request.body = body.dump();
    const auto outcome = async::RunSync(executor, client_.Send(std::move(request)));
    return json::parse(std::get<http::Response>(outcome).body, nullptr, false);
  }
  json Mails(const std::string& to) { return Call("GET", "/control/mail?to=" + to).at("items"); }

  sandbox::Sandbox sandbox_{clock};
  http::Client client_{metrics};
  std::unique_ptr<EmailChannel> email_;
};

TEST_F(SmtpTest, AConfirmationInFrenchArrivesWhole) {
  Hear(SubscriptionEvent::kActivated, Subscription(NewUser("luc@client.example"), clock.Now() + 168h, 1));
  SendAll();
  const json mails = Mails("luc@client.example");
  ASSERT_EQ(mails.size(), 1U);
  const json& mail = mails[0];
  EXPECT_EQ(mail["subject"], "Votre abonnement est actif");
  EXPECT_NE(mail["from"].get<std::string>().find("bonjour@shop.example"), std::string::npos);
  EXPECT_NE(mail["text"].get<std::string>().find("est actif jusqu'au"), std::string::npos);
  EXPECT_NE(mail["html"].get<std::string>().find("<html lang=\"fr\">"), std::string::npos);
  EXPECT_NE(mail["message_id"].get<std::string>().find("ntf_" + Value("SELECT replace(notification_id::text, '-', '') FROM notifications") +
                                                       "@shop.example"),
            std::string::npos);
  EXPECT_EQ(StateOf("subscription_activated"), "sent");
}

TEST_F(SmtpTest, AProviderThatFailsOnceIsTriedAgain) {
  Call("POST", "/control/fault", {{"target", "smtp"}, {"kind", "reset"}, {"count", 1}});
  Hear(SubscriptionEvent::kActivated, Subscription(NewUser("anna@client.example"), clock.Now() + 168h, 1));
  Send();
  EXPECT_EQ(StateOf("subscription_activated"), "pending");
  EXPECT_EQ(Count("SELECT tries FROM notifications"), 1);
  clock.Advance(11s);
  Send();
  EXPECT_EQ(StateOf("subscription_activated"), "sent");
  EXPECT_EQ(Mails("anna@client.example").size(), 1U);
}

}  // namespace
}  // namespace quittance::notifications
