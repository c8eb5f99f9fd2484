// The broker's side of the benchmarks: a plain librdkafka producer as reference, and rows for auth's outbox that every consumer will read.
#pragma once

#include <string>

#include "tests/bench/load/pace.h"

namespace quittance::bench {

// Sends `count` keyed messages of `bytes` bytes with acks=all and idempotence; gives {ops, seconds, per_second}.
Json Produce(const std::string& brokers, const std::string& topic, int count, int bytes);

// How many messages a topic has got since it was made: {messages}.
Json CountMessages(const std::string& brokers, const std::string& topic);

// Writes `count` UserCreated events of one tenant (32 digits) as text for COPY outbox.
void WriteUserEvents(const std::string& file, const std::string& tenant, int count);

}  // namespace quittance::bench
