// The metrics of one pool, all labelled with its name (app, system, relay).
#pragma once

#include <string>

#include "common/metrics/registry.h"

namespace quittance::db {

struct PoolMetrics {
  PoolMetrics(metrics::Registry& registry, const std::string& pool);

  metrics::Gauge& busy;           // workers with a transaction in hand
  metrics::Gauge& queued;         // pieces of work that wait for a worker
  metrics::Gauge& connections;    // open
  metrics::Histogram& wait;       // seconds in the queue
  metrics::Histogram& held;       // seconds on a worker
  metrics::Histogram& batch;      // commands in one batch
  metrics::Histogram& company;    // seconds that a batch waited for more, on full cores
  metrics::Counter& retries;      // after a serialization failure or deadlock
  metrics::Counter& discarded;    // connections
  metrics::Counter& in_doubt;     // commits
  metrics::Counter& full;         // refused: the queue was full
  metrics::Counter& expired;      // refused: no worker came in time
  metrics::Counter& unreachable;  // refused: no connection
};

}  // namespace quittance::db
