// The relay's producer over librdkafka: idempotent, acks=all, no message timeout (a timeout would end a sequence 1..5 as 1,4,5).
#include "common/events/producer.h"

#include <cstdint>
#include <utility>

#include "common/events/cloud_event.h"
#include "common/events/kafka.h"

namespace quittance::events {
namespace {

constexpr int kPollMs = 20;
constexpr std::chrono::seconds kCloseMax{3};

rd_kafka_headers_t* MakeHeaders(const Event& event, std::string_view source) {
  const Headers headers = ToHeaders(event, source);
  rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
  for (const auto& [name, value] : headers) {
    rd_kafka_header_add(list, name.c_str(), static_cast<ssize_t>(name.size()), value.data(), static_cast<ssize_t>(value.size()));
  }
  return list;
}

}  // namespace

// What the delivery reports write; polled on the relay's thread alone. It outlives a client that was left behind.
struct Producer::State {
  rd_kafka_t* client = nullptr;
  std::vector<Report> reports;
  std::string error;
  bool closing = false;

  static void OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* state = static_cast<State*>(opaque);
    if (state->closing) return;  // of a client that was given up
    const bool acked = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!acked && state->error.empty()) state->error = rd_kafka_err2str(message->err);
    state->reports.push_back({static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(message->_private)), acked});
  }
};

Producer::Producer(ProducerOptions options) : options_(std::move(options)) {}

Producer::~Producer() { Reset(); }

void Producer::Open() {
  if (state_) return;
  auto state = std::make_shared<State>();
  state->client = kafka::NewClient(RD_KAFKA_PRODUCER, kafka::ProducerSettings(options_.brokers), [&](rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_dr_msg_cb(conf, &State::OnReport);
    rd_kafka_conf_set_opaque(conf, state.get());
  });
  state_ = std::move(state);
}

void Producer::Reset() {
  if (!state_) return;
  state_->closing = true;
  rd_kafka_t* client = state_->client;
  kafka::DestroyBounded(client, kCloseMax, std::move(state_));
}

bool Producer::Send(const Event& event, std::uint64_t tag) {
  Open();
  if (!state_->error.empty()) return false;
  rd_kafka_headers_t* headers = MakeHeaders(event, options_.source);
  const auto error = rd_kafka_producev(
      state_->client, RD_KAFKA_V_TOPIC(options_.topic.c_str()), RD_KAFKA_V_KEY(event.key.data(), event.key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(event.data.data()), event.data.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(static_cast<std::uintptr_t>(tag))), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;  // the headers are the message's now
  rd_kafka_headers_destroy(headers);
  if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) state_->error = rd_kafka_err2str(error);
  return false;
}

std::vector<Producer::Report> Producer::Poll(std::chrono::milliseconds wait) {
  if (!state_) return {};
  rd_kafka_poll(state_->client, static_cast<int>(wait.count()));
  char fatal[256] = "";
  const bool broken = rd_kafka_fatal_error(state_->client, fatal, sizeof(fatal)) != RD_KAFKA_RESP_ERR_NO_ERROR;
  if (broken && state_->error.empty()) state_->error = fatal;
  return std::exchange(state_->reports, {});
}

std::string Producer::Error() const { return state_ ? state_->error : std::string(); }

Published Producer::Publish(std::span<const Event> events, const std::function<bool()>& go_on) {
  Published published;
  published.deliveries.assign(events.size(), Delivery::kNotSent);
  std::size_t sent = 0;
  std::size_t reported = 0;
  while (reported < events.size() && Error().empty() && go_on()) {
    for (; sent < events.size() && Send(events[sent], sent); ++sent) published.deliveries[sent] = Delivery::kWaiting;
    for (const Report& report : Poll(std::chrono::milliseconds(kPollMs))) {
      published.deliveries[report.tag] = report.acked ? Delivery::kAcked : Delivery::kFailed;
      ++reported;
    }
  }
  published.error = Error();
  if (reported < events.size() || !published.error.empty()) Reset();
  return published;
}

}  // namespace quittance::events
