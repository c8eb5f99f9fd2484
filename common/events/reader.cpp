// The group member over librdkafka: range assignor (the cooperative ones have bugs in 2.0.2), offsets by hand, the poll call message by
// message (the batch call skips offsets around pauses).
#include "common/events/reader.h"

#include <algorithm>

#include "common/core/fault.h"
#include "common/core/pressure.h"
#include "common/events/kafka.h"
#include "common/log/log.h"

namespace quittance::events {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kReadGather{2};
constexpr milliseconds kReadPollMax{100};
constexpr std::chrono::seconds kLeaveMax{5};
constexpr std::size_t kReadBytesMax = 8 << 20;

using Place = std::pair<std::string, int>;  // topic, partition

Message ToMessage(const rd_kafka_message_t& raw) {
  Message message;
  message.topic = rd_kafka_topic_name(raw.rkt);
  message.partition = raw.partition;
  message.offset = raw.offset;
  if (raw.key != nullptr) message.key = std::string(static_cast<const char*>(raw.key), raw.key_len);
  if (raw.payload != nullptr) message.data.assign(static_cast<const char*>(raw.payload), raw.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&raw, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      message.headers.emplace_back(name, value == nullptr ? std::string() : std::string(static_cast<const char*>(value), size));
    }
  }
  return message;
}

}  // namespace

// What the callbacks write. They run inside the poll, on the reader's thread, or inside the close, when that thread waits or has left.
struct Reader::State {
  rd_kafka_t* client = nullptr;
  ReaderOptions options;
  std::uint64_t assignment = 0;
  std::vector<Place> partitions;
  std::map<Place, std::int64_t> committed;
  std::vector<Message> collected;
  bool paused = false;

  kafka::PartitionList List() const {
    auto list = kafka::NewList(static_cast<int>(partitions.size()));
    for (const auto& [topic, partition] : partitions) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    return list;
  }

  static void OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list, void* opaque) {
    auto* state = static_cast<State*>(opaque);
    const bool assign = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    ++state->assignment;
    state->collected.clear();
    state->partitions.clear();
    state->committed.clear();
    state->paused = false;
    if (assign) {
      for (int i = 0; i < list->cnt; ++i) state->partitions.emplace_back(list->elems[i].topic, list->elems[i].partition);
    }
    rd_kafka_assign(client, assign ? list : nullptr);
    if (state->options.on_assigned) state->options.on_assigned(!state->partitions.empty());
  }

  static void OnCommitted(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t*, void*) {
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
    // The inbox takes what comes again. In a rebalance it is usual: the group has a new generation.
    const bool usual = error == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS || error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
                       error == RD_KAFKA_RESP_ERR__STATE;
    log::Write(usual ? log::Level::kDebug : log::Level::kWarn, "offsets were not committed", {{"error", rd_kafka_err2str(error)}});
  }
};

Reader::Reader(ReaderOptions options) {
  auto state = std::make_shared<State>();
  state->options = std::move(options);
  state->client = kafka::NewClient(RD_KAFKA_CONSUMER,
                                   kafka::ConsumerSettings(state->options.brokers, state->options.group, state->options.poll_interval_max),
                                   [&](rd_kafka_conf_t* conf) {
                                     rd_kafka_conf_set_opaque(conf, state.get());
                                     rd_kafka_conf_set_rebalance_cb(conf, &State::OnRebalance);
                                     rd_kafka_conf_set_offset_commit_cb(conf, &State::OnCommitted);
                                   });
  state_ = std::move(state);
  rd_kafka_poll_set_consumer(state_->client);
  auto topics = kafka::NewList(static_cast<int>(state_->options.topics.size()));
  for (const auto& topic : state_->options.topics) rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(state_->client, topics.get());
}

Reader::~Reader() {
  if (!state_) return;
  if (state_->options.on_assigned) state_->options.on_assigned(false);
  state_->options.on_assigned = nullptr;  // its owner may be gone when a late close calls back
  rd_kafka_t* client = state_->client;
  kafka::DestroyBounded(client, kLeaveMax, std::move(state_));
}

void Reader::Poll(milliseconds wait) {
  rd_kafka_message_t* raw = rd_kafka_consumer_poll(state_->client, static_cast<int>(wait.count()));
  if (raw == nullptr) return;
  const auto error = raw->err;
  const std::string text = error == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_message_errstr(raw);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) state_->collected.push_back(ToMessage(*raw));
  rd_kafka_message_destroy(raw);
  if (error == RD_KAFKA_RESP_ERR__FATAL) throw Fault("kafka consumer: " + text);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) log::Warn("kafka consumer", {{"group", state_->options.group}, {"error", text}});
}

std::vector<Message> Reader::Take(int max, milliseconds wait) {
  Resume();
  if (state_->collected.empty()) Poll(wait);
  const auto end = std::chrono::steady_clock::now() + kReadGather + UnhurriedCompanyWait();
  std::size_t bytes = 0;
  while (!state_->collected.empty() && state_->collected.size() < static_cast<std::size_t>(max) && bytes < kReadBytesMax) {
    const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) break;
    const std::size_t before = state_->collected.size();
    Poll(left);
    if (state_->collected.size() > before) bytes += state_->collected.back().data.size();
  }
  return std::exchange(state_->collected, {});
}

bool Reader::Hold(milliseconds pause, const std::function<bool()>& stop) {
  const std::uint64_t begun = state_->assignment;
  if (!state_->paused && !state_->partitions.empty()) {
    rd_kafka_pause_partitions(state_->client, state_->List().get());
    state_->paused = true;
  }
  const auto end = std::chrono::steady_clock::now() + pause;
  for (auto now = std::chrono::steady_clock::now(); now < end; now = std::chrono::steady_clock::now()) {
    if (stop()) return false;
    Poll(std::min(kReadPollMax, std::chrono::ceil<milliseconds>(end - now)));
    if (state_->assignment != begun) return false;
  }
  return !stop();
}

void Reader::Resume() {
  if (!state_->paused) return;
  rd_kafka_resume_partitions(state_->client, state_->List().get());
  state_->paused = false;
}

void Reader::Commit(const std::vector<Message>& messages) {
  std::map<Place, std::int64_t> next;
  for (const Message& message : messages) {
    auto& offset = next[{message.topic, message.partition}];
    offset = std::max(offset, message.offset + 1);
  }
  auto list = kafka::NewList(static_cast<int>(next.size()));
  for (const auto& [place, offset] : next) {
    rd_kafka_topic_partition_list_add(list.get(), place.first.c_str(), place.second)->offset = offset;
    state_->committed[place] = offset;
  }
  // The library tells the broker in a moment, with what follows: a commit that is lost costs a repetition.
  const auto error = rd_kafka_offsets_store(state_->client, list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) State::OnCommitted(state_->client, error, list.get(), nullptr);
}

std::uint64_t Reader::assignment() const { return state_->assignment; }

std::map<std::string, std::int64_t> Reader::Lag() const {
  std::map<std::string, std::int64_t> lag;
  for (const auto& topic : state_->options.topics) lag[topic] = 0;
  for (const auto& [place, offset] : state_->committed) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (rd_kafka_get_watermark_offsets(state_->client, place.first.c_str(), place.second, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR)
      continue;
    lag[place.first] += std::max<std::int64_t>(0, high - offset);
  }
  return lag;
}

}  // namespace quittance::events
