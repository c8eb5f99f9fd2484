// The relay's producer over librdkafka: idempotent, acks=all, no message timeout (a timeout would end a sequence 1..5 as 1,4,5).
#include "common/events/producer.h"

#include <algorithm>
#include <cstdint>

#include "common/core/fault.h"
#include "common/events/cloud_event.h"
#include "common/events/kafka.h"
#include "common/log/log.h"

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
  std::vector<Delivery>* deliveries = nullptr;  // of the batch under way
  std::size_t waiting = 0;
  std::string error;

  static void OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* state = static_cast<State*>(opaque);
    if (state->deliveries == nullptr) return;  // of a batch that was given up
    const auto index = reinterpret_cast<std::uintptr_t>(message->_private);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && state->error.empty()) state->error = rd_kafka_err2str(message->err);
    (*state->deliveries)[index] = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? Delivery::kAcked : Delivery::kFailed;
    --state->waiting;
  }
};

Producer::Producer(ProducerOptions options) : options_(std::move(options)) {}

Producer::~Producer() { Close(); }

void Producer::Open() {
  if (state_) return;
  auto state = std::make_shared<State>();
  state->client = kafka::NewClient(RD_KAFKA_PRODUCER, kafka::ProducerSettings(options_.brokers), [&](rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_dr_msg_cb(conf, &State::OnReport);
    rd_kafka_conf_set_opaque(conf, state.get());
  });
  state_ = std::move(state);
}

void Producer::Close() {
  if (!state_) return;
  state_->deliveries = nullptr;
  rd_kafka_t* client = state_->client;
  kafka::DestroyBounded(client, kCloseMax, std::move(state_));
}

bool Producer::Send(const Event& event, std::size_t index, const std::function<bool()>& go_on) {
  while (go_on()) {
    rd_kafka_headers_t* headers = MakeHeaders(event, options_.source);
    const auto error = rd_kafka_producev(
        state_->client, RD_KAFKA_V_TOPIC(options_.topic.c_str()), RD_KAFKA_V_KEY(event.key.data(), event.key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(event.data.data()), event.data.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(index)), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;  // the headers are the message's now
    rd_kafka_headers_destroy(headers);
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      if (state_->error.empty()) state_->error = rd_kafka_err2str(error);
      return false;
    }
    rd_kafka_poll(state_->client, kPollMs);
  }
  return false;
}

Published Producer::Publish(std::span<const Event> events, const std::function<bool()>& go_on) {
  Open();
  Published published;
  published.deliveries.assign(events.size(), Delivery::kNotSent);
  state_->deliveries = &published.deliveries;
  state_->waiting = 0;
  state_->error.clear();
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!Send(events[i], i, go_on)) break;
    published.deliveries[i] = Delivery::kWaiting;
    ++state_->waiting;
    rd_kafka_poll(state_->client, 0);
  }
  while (state_->waiting > 0 && go_on() && rd_kafka_fatal_error(state_->client, nullptr, 0) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_poll(state_->client, kPollMs);
  }
  published.error = state_->error;
  char fatal[256] = "";
  const bool broken = rd_kafka_fatal_error(state_->client, fatal, sizeof(fatal)) != RD_KAFKA_RESP_ERR_NO_ERROR;
  if (broken && published.error.empty()) published.error = fatal;
  if (broken || state_->waiting > 0 || !published.error.empty()) {
    Close();
  } else {
    state_->deliveries = nullptr;
  }
  return published;
}

}  // namespace quittance::events
