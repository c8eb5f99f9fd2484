// Names and buckets of the pool's metrics.
#include "common/db/pool_metrics.h"

namespace quittance::db {

namespace {

const std::vector<double> kWaitSeconds = {0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5};
const std::vector<double> kBatchSizes = {1, 2, 4, 8, 16, 32, 64, 128};

metrics::Counter& Rejected(metrics::Registry& registry, const std::string& pool, const std::string& reason) {
  return registry.GetCounter("quittance_db_pool_rejected_total", "Work that the pool refused.", {{"pool", pool}, {"reason", reason}});
}

}  // namespace

PoolMetrics::PoolMetrics(metrics::Registry& registry, const std::string& pool)
    : busy(registry.GetGauge("quittance_db_pool_busy", "Workers with work in hand.", {{"pool", pool}})),
      queued(registry.GetGauge("quittance_db_pool_queued", "Work that waits for a worker.", {{"pool", pool}})),
      connections(registry.GetGauge("quittance_db_pool_connections", "Open connections.", {{"pool", pool}})),
      wait(registry.GetHistogram("quittance_db_pool_wait_seconds", "Time in the pool's queue.", {{"pool", pool}}, kWaitSeconds)),
      held(registry.GetHistogram("quittance_db_pool_held_seconds", "Time on a worker.", {{"pool", pool}}, kWaitSeconds)),
      batch(registry.GetHistogram("quittance_db_pool_batch_size", "Commands in one transaction of a batcher.", {{"pool", pool}},
                                  kBatchSizes)),
      company(registry.GetHistogram("quittance_db_pool_batch_company_seconds", "Time a batch waited for more commands, on full cores.",
                                    {{"pool", pool}}, kWaitSeconds)),
      retries(registry.GetCounter("quittance_db_pool_retries_total", "Transactions run again after a serialization failure or deadlock.",
                                  {{"pool", pool}})),
      discarded(registry.GetCounter("quittance_db_pool_discarded_total", "Connections given up.", {{"pool", pool}})),
      in_doubt(registry.GetCounter("quittance_db_pool_commits_in_doubt_total", "Commits whose outcome was not known.", {{"pool", pool}})),
      full(Rejected(registry, pool, "full")),
      expired(Rejected(registry, pool, "expired")),
      unreachable(Rejected(registry, pool, "unreachable")) {}

}  // namespace quittance::db
