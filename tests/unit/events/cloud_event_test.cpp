// The envelope: what is written is read back; anything else is refused with its reason.
#include "common/events/cloud_event.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/events/outbox.h"
#include "common/events/topics.h"

namespace quittance::events {
namespace {

Event SampleEvent() {
  Event event;
  event.id = *Uuid::Parse("0193487c6f7a7d3e8b0a1c2d3e4f5a6b");
  event.tenant = TenantId{*Uuid::Parse("0193487c6f7a7d3e8b0a1c2d3e4f0000")};
  event.type = "quittance.billing.v1.PaymentSucceeded";
  event.key = "pay_0193487c6f7a7d3e8b0a1c2d3e4f5a6b";
  event.sequence = 7;
  event.time = *ParseRfc3339("2026-11-21T09:30:00.123456Z");
  event.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  event.data = std::string("\x0a\x00\xff", 3);
  return event;
}

Message ToMessage(const Event& event) {
  return {"quittance.billing.v1", 2, 41, event.key, ToHeaders(event, "/quittance/billing"), event.data};
}

std::string* Header(Message& message, std::string_view name) {
  const auto found = std::find_if(message.headers.begin(), message.headers.end(), [&](const auto& h) { return h.first == name; });
  return found == message.headers.end() ? nullptr : &found->second;
}

std::string Problem(const Message& message) {
  const auto read = FromMessage(message);
  return std::holds_alternative<std::string>(read) ? std::get<std::string>(read) : "";
}

TEST(CloudEvent, HeadersAreThoseOfTheKafkaBinding) {
  const Headers headers = ToHeaders(SampleEvent(), "/quittance/billing");
  const Headers expected = {
      {"ce_specversion", "1.0"},
      {"ce_id", "0193487c6f7a7d3e8b0a1c2d3e4f5a6b"},
      {"ce_source", "/quittance/billing"},
      {"ce_type", "quittance.billing.v1.PaymentSucceeded"},
      {"ce_time", "2026-11-21T09:30:00.123456Z"},
      {"ce_subject", "pay_0193487c6f7a7d3e8b0a1c2d3e4f5a6b"},
      {"ce_tenant", "ten_0193487c6f7a7d3e8b0a1c2d3e4f0000"},
      {"ce_sequence", "7"},
      {"content-type", "application/protobuf"},
      {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
  };
  EXPECT_EQ(headers, expected);
}

TEST(CloudEvent, ReadsBackWhatWasWritten) {
  const Event event = SampleEvent();
  const auto read = FromMessage(ToMessage(event));
  ASSERT_TRUE(std::holds_alternative<Event>(read)) << Problem(ToMessage(event));
  const Event& back = std::get<Event>(read);
  EXPECT_EQ(back.id, event.id);
  EXPECT_EQ(back.tenant, event.tenant);
  EXPECT_EQ(back.type, event.type);
  EXPECT_EQ(back.key, event.key);
  EXPECT_EQ(back.sequence, event.sequence);
  EXPECT_EQ(back.time, event.time);
  EXPECT_EQ(back.traceparent, event.traceparent);
  EXPECT_EQ(back.data, event.data);
}

TEST(CloudEvent, UnknownHeadersAreIgnored) {
  Message message = ToMessage(SampleEvent());
  message.headers.emplace_back("ce_future", "1");
  EXPECT_EQ(Problem(message), "");
}

TEST(CloudEvent, K20_BrokenEnvelopesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> broken = {
      {"ce_specversion", "2.0"},
      {"content-type", "application/json"},
      {"ce_id", "not a uuid"},
      {"ce_tenant", "calmness"},
      {"ce_type", ""},
      {"ce_sequence", "-1"},
      {"ce_sequence", "7x"},
      {"ce_sequence", ""},
      {"ce_time", "yesterday"},
      {"ce_subject", "pay_other"},
      {"ce_subject", ""},
      {"ce_type", std::string("a\nb")},
      {"ce_sequence", "99999999999999999999"},
  };
  for (const auto& [name, value] : broken) {
    Message message = ToMessage(SampleEvent());
    *Header(message, name) = value;
    EXPECT_NE(Problem(message).find(name), std::string::npos) << name << "=" << value << ": " << Problem(message);
  }
}

TEST(CloudEvent, K20_MissingOrDoubledHeadersAreNamed) {
  for (const auto& [name, value] : ToHeaders(SampleEvent(), "/quittance/billing")) {
    if (name == "ce_source" || name == "traceparent") continue;  // who sent it, and the trace, change nothing of the effect
    Message without = ToMessage(SampleEvent());
    std::erase_if(without.headers, [&](const auto& h) { return h.first == name; });
    EXPECT_NE(Problem(without), "") << name;
    Message doubled = ToMessage(SampleEvent());
    doubled.headers.emplace_back(name, value);
    EXPECT_NE(Problem(doubled), "") << name;
  }
  Message keyless = ToMessage(SampleEvent());
  keyless.key = std::nullopt;
  EXPECT_NE(Problem(keyless), "");
}

TEST(CloudEvent, TopicIsThePackageOfTheType) {
  for (const std::string_view topic : kTopics) EXPECT_EQ(TopicOf(std::string(topic) + ".Something"), topic);
}

TEST(CloudEvent, K13_LargestEventFitsTheBrokersMessage) {
  Event event = SampleEvent();
  event.data.assign(kEventBytesMax, 'x');
  std::size_t bytes = event.data.size() + event.key.size();
  for (const auto& [name, value] : ToHeaders(event, "/quittance/subscriptions")) bytes += name.size() + value.size() + 10;
  EXPECT_LT(bytes, 1'000'000u);  // message.max.bytes
}

}  // namespace
}  // namespace quittance::events
