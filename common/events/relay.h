// The relay: outbox rows to Kafka in order. One owner per service through a lease row; publishes with an idempotent producer, waits for the
// acknowledgements, deletes. Invariant: a row is deleted only after its acknowledgement; nothing is skipped (no cursor).
#pragma once

#include <memory>
#include <string>

#include "common/db/database.h"

namespace quittance::events {

struct RelayOptions {
  std::string brokers;
  std::string topic;   // quittance.billing.v1
  std::string source;  // ce_source: /quittance/billing
  std::string owner;   // unique per process
  int batch = 500;
  std::chrono::milliseconds lease{10'000};
};

class Relay {
 public:
  Relay(RelayOptions options, db::Database& system_db, metrics::Registry& metrics);
  ~Relay();  // Drain(), joins
  void Start();
  void Wake();
  // Publishes what is committed, at most until `deadline`, releases the lease.
  void Drain(SteadyTime deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::events
