// Webhooks that come in thousands after an outage, cannot be read, or must wait while the process that took them dies.
#include <algorithm>
#include <thread>

#include "tests/e2e/world.h"

namespace quittance::e2e {
namespace {

class WebhookTests;  // names this file's tenant

// Of every replica together.
double Metric(World& world, const std::string& service, const std::string& line_begin) {
  double sum = 0;
  for (const auto& replica : world.fixture.Replicas(service)) {
    const auto text = Http("GET", world.stack.endpoints().at("admin").at(replica).get<std::string>() + "/metrics").body;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      const auto line = text.substr(at, end - at);
      if (line.rfind(line_begin, 0) == 0) sum += std::stod(line.substr(line.rfind(' ')));
      at = end + 1;
    }
  }
  return sum;
}

// A hint about a payment, stored with a 2xx, cannot be followed because the PSP is down; billing dies with it and the job of the next
// process follows it.
TEST(Webhooks, W25_WhatWasParkedSurvivesTheProcessThatTookIt) {
  auto& world = Ready<WebhookTests>();
  const auto user = world.NewUser();
  const auto payment = world.Open(user);
  world.stack.Control("deliver", {{"hold", true}});
  world.Fault("stripe", "500", 1000);
  world.Pay(payment);
  const Json event = {
      {"id", "evt_" + RandomHex(16)},
      {"object", "event"},
      {"type", "checkout.session.completed"},
      {"created", world.stack.BusinessNow()},
      {"livemode", false},
      {"data", {{"object", {{"id", "cs_" + RandomHex(8)}, {"object", "checkout.session"}, {"payment_intent", payment.psp_reference()}}}}}};
  EXPECT_EQ(PostSignedStripe(world.stack, world.setup, event.dump()).status, 200);
  world.fixture.KillAll("billing");
  world.fixture.Restart();
  EXPECT_EQ(world.Read(payment.id()).status(), PaymentIntent::PENDING);
  world.stack.Control("fault", {{"target", "stripe"}, {"count", 0}});
  world.stack.AdvanceClock(std::chrono::minutes(3));
  // A lease of the one that died ends by itself.
  EXPECT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED)) << world.Read(payment.id()).ShortDebugString();
  world.stack.Control("deliver", Json::object());
  world.ExpectPaidOnce(user, payment.id());
}

TEST(Webhooks, W26_ThousandsAfterAnOutageAreAllTakenIn) {
  auto& world = Ready<WebhookTests>();
  const int payments = LongTests() ? 250 : 90;
  constexpr int kCopies = 12;
  std::vector<std::pair<std::string, PaymentIntent>> open;
  for (int i = 0; i < payments; ++i) {
    const auto user = world.NewUser();
    open.emplace_back(user, world.Open(user, {.connection = "hmac"}));
  }
  const auto before = world.stack.Listing("deliveries?psp=hmac").size();
  world.stack.Control("deliver", {{"duplicates", kCopies}, {"shuffle", true}});
  world.fixture.KillAll("ingress");
  for (const auto& [user, payment] : open) world.Pay(payment);
  world.fixture.Restart();
  Json deliveries;
  EXPECT_TRUE(Eventually([&] {
    deliveries = world.stack.Listing("deliveries?psp=hmac");
    return std::all_of(deliveries.begin(), deliveries.end(), [](const Json& d) { return d.at("done").get<bool>(); });
  }));
  EXPECT_GE(deliveries.size() - before, static_cast<std::size_t>(payments * kCopies));
  // Started anew above: what they count is this burst.
  for (const char* result : {"refused", "unverified", "limited"}) {
    EXPECT_EQ(Metric(world, "ingress", R"(quittance_ingress_received_total{result=")" + std::string(result) + R"(",route="webhook"})"), 0)
        << result;
  }
  const auto books = world.AllBooks("hmac");
  for (const auto& [user, payment] : open) {
    EXPECT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED)) << payment.id();
    EXPECT_EQ(world.Read(payment.id()).amount_captured().amount_minor(), 1990);
    EXPECT_EQ(books.at(payment.id()).net, 1990);
  }
  EXPECT_TRUE(Eventually([&] { return world.SubscriptionOf(open.back().first).status() == Subscription::ACTIVE; }));
}

TEST(Webhooks, W28_PoisonStaysAloneAndTheOthersFlow) {
  auto& world = Ready<WebhookTests>();
  std::vector<std::pair<std::string, PaymentIntent>> open;
  for (int i = 0; i < 12; ++i) {
    const auto user = world.NewUser();
    open.emplace_back(user, world.Open(user, {.connection = "hmac"}));
  }
  const auto evil = [&](const std::string& field, const Json& value) {
    Json event = HmacEvent(world.stack, "payment.succeeded", open[0].second);
    event[field] = value;
    return event.dump();
  };
  const std::string nul("ev_\0x", 5);
  std::vector<std::string> bodies = {"{",
                                     evil("id", nul),
                                     evil("reference", nul),
                                     evil("amount_minor", INT64_MAX),
                                     evil("amount_minor", -1),
                                     evil("currency", std::string(3000, 'E')),
                                     evil("created", INT64_MAX),
                                     evil("created", -5),
                                     evil("type", std::string(4000, 't')),
                                     evil("id", std::string(5000, 'i'))};
  for (std::size_t i = 1; i < open.size(); ++i) bodies.push_back(HmacEvent(world.stack, "payment.succeeded", open[i].second).dump());
  std::vector<std::thread> threads;
  for (const auto& body : bodies) {
    threads.emplace_back([&] { EXPECT_EQ(PostSignedHmac(world.stack, world.setup, body).status, 200) << body.substr(0, 120); });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 1; i < open.size(); ++i) EXPECT_EQ(world.Read(open[i].second.id()).status(), PaymentIntent::SUCCEEDED);
  EXPECT_NE(world.Read(open[0].second.id()).status(), PaymentIntent::SUCCEEDED) << world.Read(open[0].second.id()).ShortDebugString();
}

}  // namespace
}  // namespace quittance::e2e
