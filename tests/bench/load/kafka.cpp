// librdkafka as its own documentation uses it: a full queue is polled, the end is when every delivery was reported.
#include "tests/bench/load/kafka.h"

#include <librdkafka/rdkafka.h>

#include <fstream>
#include <stdexcept>

#include "common/core/time.h"
#include "common/crypto/hmac.h"
#include "common/crypto/random.h"
#include "common/events/topics.h"
#include "quittance/auth/v1/auth_events.pb.h"

namespace quittance::bench {
namespace {

struct Reports {
  int acked = 0;
  int failed = 0;
};

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* reports = static_cast<Reports*>(opaque);
  (message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? reports->acked : reports->failed)++;
}

rd_kafka_t* Open(const std::string& brokers, Reports& reports) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[256];
  for (const auto& [name, value] : {std::pair<const char*, const char*>{"bootstrap.servers", brokers.c_str()},
                                    {"enable.idempotence", "true"},
                                    {"acks", "all"},
                                    {"linger.ms", "5"},
                                    {"queue.buffering.max.messages", "1000000"}}) {
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) throw std::runtime_error(why);
  }
  rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery);
  rd_kafka_conf_set_opaque(conf, &reports);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  if (client == nullptr) throw std::runtime_error(why);
  return client;
}

}  // namespace

Json Produce(const std::string& brokers, const std::string& topic, int count, int bytes) {
  events::EnsureTopic(brokers, topic, events::kPartitionsDefault, 1);
  Reports reports;
  rd_kafka_t* client = Open(brokers, reports);
  const std::string data = crypto::RandomBytes(static_cast<std::size_t>(bytes));
  crypto::RandomIds ids;
  const auto begin = Clock::now();
  for (int i = 0; i < count; ++i) {
    const std::string key = "pay_" + ids.Next().Hex();
    while (rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_KEY(key.data(), key.size()),
                             RD_KAFKA_V_VALUE(const_cast<char*>(data.data()), data.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(client, 10);
    }
    rd_kafka_poll(client, 0);
  }
  rd_kafka_flush(client, 60'000);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  rd_kafka_destroy(client);
  return {{"ops", reports.acked}, {"failed", count - reports.acked}, {"seconds", seconds}, {"per_second", reports.acked / seconds}};
}

Json CountMessages(const std::string& brokers, const std::string& topic) {
  Reports reports;
  rd_kafka_t* client = Open(brokers, reports);
  std::int64_t messages = 0;
  for (int partition = 0; partition < events::kPartitionsDefault; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto error = rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &low, &high, 10'000);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
    messages += high;
  }
  rd_kafka_destroy(client);
  return {{"messages", messages}};
}

void WriteUserEvents(const std::string& file, const std::string& tenant, int count) {
  std::ofstream out(file);
  crypto::RandomIds ids;
  const std::string now = FormatRfc3339(std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  for (int i = 0; i < count; ++i) {
    auth::v1::UserCreated event;
    const std::string user = "usr_" + ids.Next().Hex();
    event.mutable_user()->set_id(user);
    event.mutable_user()->set_locale("fr");
    event.mutable_user()->set_status(auth::v1::User::STATUS_ACTIVE);
    event.mutable_user()->set_version(1);
    out << tenant << "\t" << ids.Next().Hex() << "\tquittance.auth.v1.UserCreated\t" << user << "\t1\t" << now
        << "\t00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\t\\\\x" << crypto::Hex(event.SerializeAsString()) << "\n";
  }
}

}  // namespace quittance::bench
