// CloudEvents 1.0 in Kafka's binary mode, there and back.
#include "common/events/cloud_event.h"

#include <charconv>

#include "common/core/text.h"

namespace quittance::events {
namespace {

constexpr std::string_view kSpecVersion = "1.0";
constexpr std::string_view kContentType = "application/protobuf";
constexpr std::size_t kTextMax = 512;

// The one value of a header; a header that comes twice has none.
std::optional<std::string_view> Single(const Headers& headers, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& [header, value] : headers) {
    if (header != name) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

std::optional<std::int64_t> ParseSequence(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

bool IsPlainText(std::string_view text) { return CheckText(text, "text", 1, kTextMax).ok(); }

}  // namespace

Headers ToHeaders(const Event& event, std::string_view source) {
  Headers headers;
  headers.reserve(10);
  headers.emplace_back("ce_specversion", kSpecVersion);
  headers.emplace_back("ce_id", event.id.Hex());
  headers.emplace_back("ce_source", source);
  headers.emplace_back("ce_type", event.type);
  headers.emplace_back("ce_time", FormatRfc3339(event.time));
  headers.emplace_back("ce_subject", event.key);
  headers.emplace_back("ce_tenant", event.tenant.ToString());
  headers.emplace_back("ce_sequence", std::to_string(event.sequence));
  headers.emplace_back("content-type", kContentType);
  if (!event.traceparent.empty()) headers.emplace_back("traceparent", event.traceparent);
  return headers;
}

std::variant<Event, std::string> FromMessage(const Message& message) {
  const Headers& headers = message.headers;
  if (Single(headers, "ce_specversion") != kSpecVersion) return "ce_specversion is not 1.0";
  if (Single(headers, "content-type") != kContentType) return "content-type is not application/protobuf";

  Event event;
  const auto id = Uuid::Parse(Single(headers, "ce_id").value_or(""));
  if (!id) return "ce_id is not a UUID";
  event.id = *id;
  const auto tenant = TenantId::Parse(Single(headers, "ce_tenant").value_or(""), "ce_tenant");
  if (!tenant) return "ce_tenant is not a tenant's id";
  event.tenant = *tenant;
  event.type = Single(headers, "ce_type").value_or("");
  if (!IsPlainText(event.type)) return "ce_type is missing";
  const auto sequence = ParseSequence(Single(headers, "ce_sequence").value_or(""));
  if (!sequence) return "ce_sequence is not a number";
  event.sequence = *sequence;
  const auto time = ParseRfc3339(Single(headers, "ce_time").value_or(""));
  if (!time) return "ce_time is not RFC 3339";
  event.time = *time;
  event.key = Single(headers, "ce_subject").value_or("");
  if (!IsPlainText(event.key) || message.key != event.key) return "ce_subject is not the message's key";
  event.traceparent = Single(headers, "traceparent").value_or("");
  event.data = message.data;
  return event;
}

std::string TopicOf(std::string_view type) { return std::string(type.substr(0, type.rfind('.'))); }

}  // namespace quittance::events
