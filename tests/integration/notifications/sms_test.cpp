// Codes by SMS: from the event to Twilio's wire, and nothing kept.
#include <nlohmann/json.hpp>

#include "quittance/auth/v1/auth_events.pb.h"
#include "services/notifications/channels/sms.h"
#include "tests/integration/notifications/fixture.h"
#include "tests/sandbox/sandbox.h"

namespace quittance::notifications {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

struct SmsTest : NotificationsTest {
  SmsTest() {
    network.Start("127.0.0.1:0", "127.0.0.1:0");
    url = "http://127.0.0.1:" + std::to_string(network.http_port());
    sms = std::make_unique<SmsChannel>(client, url + "/twilio", registry);
    deps->sms = sms.get();
  }
  Json Control(const std::string& method, const std::string& path, const std::string& body = "") {
    http::Request request{.target = "sandbox", .method = method, .url = url + "/control/" + path, .body = body};
    const auto outcome = async::RunSync(executor, client.Send(std::move(request)));
    return Json::parse(std::get<http::Response>(outcome).body);
  }
  void Tell(UserId user, const std::string& code) {
    auth::v1::MfaCodeRequested event;
    event.mutable_user()->set_id(user.ToString());
    event.mutable_user()->set_version(++version);
    event.set_sealed_token(crypto::SealWhole(token_keyring, "quittance.auth.v1.MfaCodeRequested:" + user.ToString(), code));
    event.mutable_expire_time()->set_seconds(UnixSeconds(clock.Now() + 5min));
    for (int twice = 0; twice < 2; ++twice) {
      Apply(api::OnMfaCodeRequested(*deps), NewEvent(event, user.ToString(), version));
    }
  }
  UserId WithPhone(const std::string& phone) {
    const UserId user = NewUser();
    auth.contacts[user].phone = phone;
    return user;
  }

  metrics::Registry registry;
  sandbox::Sandbox network{clock};
  http::Client client{registry};
  std::string url;
  std::unique_ptr<SmsChannel> sms;
  std::int64_t version = 0;
};

TEST_F(SmsTest, ACodeGoesToThePhoneOnceAndIsForgotten) {
  Set("twilio.account_sid", "AC0123");
  Set("twilio.auth_token", "a-token");
  Set("twilio.from", "+33600000000");
  Tell(WithPhone("+33612345678"), "012345");
  SendAll();
  const Json sent = Control("GET", "sms").at("items");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].at("to"), "+33612345678");
  EXPECT_EQ(sent[0].at("from"), "+33600000000");
  EXPECT_EQ(sent[0].at("text").get<std::string>().rfind("012345 est votre code", 0), 0U);
  EXPECT_TRUE(channel.Sent().empty()) << "no mail";
  EXPECT_EQ(StateOf("mfa_code"), "sent");
  EXPECT_EQ(Count("SELECT count(*) FROM notifications n WHERE n::text LIKE '%012345%' OR n::text LIKE '%33612345678%'"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM notifications WHERE params::text LIKE '%sealed_token%'"), 0);
}

TEST_F(SmsTest, WhatTwilioSaysDecides) {
  Tell(WithPhone("+33612345678"), "012345");
  Send();
  EXPECT_EQ(StateOf("mfa_code"), "pending") << "the account is not set";
  Set("twilio.account_sid", "AC0123");
  Set("twilio.auth_token", "a-token");
  Set("twilio.from", "+33600000000");
  Control("POST", "fault", R"({"target":"twilio","kind":"500","count":1})");
  clock.Advance(61s);
  Send();
  EXPECT_EQ(StateOf("mfa_code"), "pending") << "later";
  clock.Advance(61s);
  SendAll();
  EXPECT_EQ(StateOf("mfa_code"), "sent");
  Tell(WithPhone("+33"), "543210");
  SendAll();
  EXPECT_EQ(Count("SELECT count(*) FROM notifications WHERE state = 'failed' AND last_error LIKE '%21211%'"), 1);
  Tell(WithPhone(""), "111111");
  SendAll();
  EXPECT_EQ(Count("SELECT count(*) FROM notifications WHERE state = 'failed' AND last_error = 'the user has no phone'"), 1);
  Tell(WithPhone("+33612345679"), "222222");
  clock.Advance(6min);
  SendAll();
  EXPECT_EQ(Count("SELECT count(*) FROM notifications WHERE last_error = 'too late to tell'"), 1);
  EXPECT_EQ(Control("GET", "sms").at("items").size(), 1U);
}

}  // namespace
}  // namespace quittance::notifications
